import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import type { Locator, Page } from 'playwright-core';
import { type Keyboard, keyboardOf } from '../console/keyboard-steps.ts';
import { type ComeIn, openConsole } from '../console/open-console.ts';
import {
  button,
  dialog,
  type NewKey,
  type Person,
  readNewKey,
  row,
  see,
  seeEnabled,
  seeGone,
  tellPages,
} from '../console/steps.ts';
import { callOf, emailOf, type TestAccount, type TestApp } from '../support/app.ts';

const ENDPOINTS = [
  { method: 'GET', path: '/orders', summary: 'List orders', tag: 'orders' },
  { method: 'POST', path: '/orders', summary: 'Create an order', tag: 'orders' },
  { method: 'GET', path: '/customers', summary: 'List customers', tag: 'customers' },
] as const;

/** P in the console, from the first to the last with the keyboard alone. */
describe('API keys with permissions, in the console', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let api: string;
  let person: Person;
  let page: Page;
  let hands: Keyboard;
  let restricted: NewKey;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    const as = callOf(acme.callers.owner);
    api = (await run(app.app, 'createApi', { name: 'Orders' }, as)).id;
    for (const endpoint of ENDPOINTS) await run(app.app, 'createEndpoint', { api, ...endpoint }, as);
    person = await comeIn('owner');
    page = person.page;
    hands = keyboardOf(page);
    await page.goto('/profile/access-keys');
  });
  afterEach(context => tellPages(context, person));
  after(() => opened.disposeAsync());

  test('P1 a key is Read/Write, Restricted or Read only, and full access is warned of', async () => {
    const form = await openForm();
    const choices = form.getByRole('radiogroup', { name: 'Permission', exact: true });
    assert.deepEqual(await labelsOf(choices), ['Read/Write', 'Restricted', 'Read only']);
    await see(form.getByRole('alert').filter({ hasText: 'Full access' }));
    await see(form.getByText('Only what you choose for each API. Recommended.'));
    await hands.tabTo(radio(choices, 'Read/Write'));
    await hands.press('ArrowDown');
    await hands.seeFocus(radio(choices, 'Restricted'));
    await seeGone(form.getByRole('alert').filter({ hasText: 'Full access' }));
    await seeSummary(form, 'May do nothing yet: no endpoint is given to it.');
  });

  test('P1 Restricted gives each API None, Restricted, Read/Write or Read only, and no endpoint by default', async () => {
    const form = dialog(page, 'Create access key');
    for (const name of ['Keywright', 'Orders']) {
      const choices = atApi(form, name);
      assert.deepEqual(await labelsOf(choices), ['None', 'Restricted', 'Read/Write', 'Read only']);
      assert.equal(await radio(choices, 'None').isChecked(), true);
    }
    await hands.tabTo(radio(atApi(form, 'Orders'), 'None'));
    await hands.press('ArrowRight');
    await hands.seeFocus(radio(atApi(form, 'Orders'), 'Restricted'));
    await see(form.getByText('0 of 3 endpoints chosen.'));
    await hands.tabTo(form.getByRole('button', { name: /^orders/ }));
    await hands.press('Enter');
    await hands.tabTo(form.getByRole('checkbox', { name: /GET \/orders/ }));
    await hands.press('Space');
    await see(form.getByText('1 of 3 endpoints chosen.'));
    assert.equal(await isMixed(form.getByRole('checkbox', { name: 'All of orders' })), true);
    await seeSummary(form, 'Orders: 1 of 3 endpoints, which only reads, in orders.');
    restricted = await finish(form, 'restricted');
    assert.deepEqual(await reached(restricted), ['GET /orders']);
  });

  test('P2 the pencil edits the permission, and the next request follows it', async () => {
    await hands.tabTo(page.getByRole('link', { name: 'restricted' }), 'Shift+Tab');
    await hands.press('Enter');
    const panel = dialog(page, 'restricted');
    await hands.tabTo(button(panel, 'Edit permission of restricted'));
    await hands.press('Enter');
    const form = dialog(page, 'Edit access key');
    await hands.tabTo(form.getByRole('checkbox', { name: 'All of orders' }));
    await hands.press('Space');
    await seeSummary(form, 'Orders: 2 of 3 endpoints, 1 of which changes something (POST /orders), in orders.');
    await hands.tabTo(button(form, 'Save'));
    await hands.press('Enter');
    await seeGone(form);
    assert.deepEqual(await reached(restricted), ['GET /orders', 'POST /orders']);
    await see(panel.getByText('2 of 3 endpoints'));
    await hands.press('Escape');
    await seeGone(panel);
  });

  test('P3 a toggle disables and enables a key after a Yes', async () => {
    const toggle = page.getByRole('switch', { name: 'Activated: restricted' });
    for (const [title, works] of [
      ['Deactivate access key', false],
      ['Activate access key', true],
      ['Deactivate access key', false],
    ] as const) {
      await toggle.focus();
      await hands.press('Space');
      await hands.tabTo(button(dialog(page, title), 'Yes'));
      await hands.press('Enter');
      await seeGone(dialog(page, title));
      assert.equal((await reached(restricted)).length > 0, works);
      const state = works ? 'Active' : 'Inactive';
      await see(row(page, 'Access keys', 'restricted').getByText(state, { exact: true }));
    }
  });

  test('P4 the bin revokes a key for good', async () => {
    await hands.tabTo(button(page, 'Revoke key restricted'));
    await hands.press('Enter');
    const question = dialog(page, 'Revoke key');
    await hands.tabTo(button(question, 'Revoke key'));
    await hands.press('Enter');
    await seeGone(row(page, 'Access keys', 'restricted'));
    await hands.seeFocus(page.getByRole('main'));
    assert.deepEqual(await reached(restricted), []);
  });

  test('P5 a Read only key made in the console writes nowhere', async () => {
    const form = await openForm();
    const choices = form.getByRole('radiogroup', { name: 'Permission', exact: true });
    await hands.tabTo(radio(choices, 'Read/Write'));
    await hands.press('ArrowUp');
    await hands.seeFocus(radio(choices, 'Read only'));
    await seeSummary(form, 'May read everything that its owner may, at every API, and change nothing.');
    const key = await finish(form, 'reader');
    assert.deepEqual(await reached(key), ['GET /orders', 'GET /customers']);
    assert.equal(await management(key, 'GET', '/v1/access-keys'), 200);
    assert.equal(await management(key, 'POST', '/v1/access-keys'), 403);
  });

  test('P5 a restricted key made in the console reaches only what was given to it', async () => {
    const form = await openForm();
    await hands.tabTo(radio(form.getByRole('radiogroup', { name: 'Permission', exact: true }), 'Read/Write'));
    await hands.press('ArrowDown');
    await hands.tabTo(radio(atApi(form, 'Keywright'), 'None'));
    await hands.press('ArrowRight');
    await hands.tabTo(form.getByRole('searchbox', { name: 'Search endpoints of Keywright' }));
    await page.keyboard.type('list access keys');
    await hands.tabTo(form.getByRole('checkbox', { name: /GET \/v1\/access-keys/ }).first());
    await hands.press('Space');
    const key = await finish(form, 'lister');
    assert.deepEqual(await reached(key), []);
    assert.equal(await management(key, 'GET', '/v1/access-keys'), 200);
    assert.equal(await management(key, 'GET', '/v1/members'), 403);
    assert.equal(await management(key, 'POST', '/v1/access-keys'), 403);
  });

  test('P6 a legacy key is marked, and leads to a restricted key in its place', async () => {
    const rows = [{ secret: 'a-secret-of-another-system', owner: emailOf('Acme', 'owner'), name: 'from before' }];
    await run(app.app, 'importAccessKeys', { rows }, callOf(acme.callers.owner));
    await page.reload();
    await see(row(page, 'Access keys', 'from before').getByText('Legacy'));
    await hands.tabTo(page.getByRole('link', { name: 'from before' }));
    await hands.press('Enter');
    const panel = dialog(page, 'from before');
    await hands.tabTo(button(panel, 'Make a restricted key instead'));
    await seeEnabled(button(panel, 'Make a restricted key instead'));
    await hands.press('Enter');
    const form = dialog(page, 'Create access key');
    const choices = form.getByRole('radiogroup', { name: 'Permission', exact: true });
    await see(choices);
    assert.equal(await radio(choices, 'Restricted').isChecked(), true);
    await hands.tabTo(radio(atApi(form, 'Orders'), 'None'));
    await hands.press('ArrowLeft');
    await hands.seeFocus(radio(atApi(form, 'Orders'), 'Read only'));
    await seeSummary(form, 'Orders: reads everything, changes nothing.');
    await hands.tabTo(button(form, 'Create access key'));
    await hands.press('Enter');
    const key = await readNewKey(page);
    assert.deepEqual(await reached(key), ['GET /orders', 'GET /customers']);
    assert.deepEqual(person.complaints, []);
  });

  async function openForm(): Promise<Locator> {
    const create = button(page, 'Create access key');
    await seeEnabled(create);
    await create.focus();
    await hands.press('Enter');
    return dialog(page, 'Create access key');
  }

  /** Names the key, creates it and puts its secret away. */
  async function finish(form: Locator, name: string): Promise<NewKey> {
    await hands.tabTo(form.getByLabel('Name', { exact: true }), 'Shift+Tab');
    await page.keyboard.type(name);
    await hands.tabTo(button(form, 'Create access key'));
    await hands.press('Enter');
    const key = await readNewKey(page);
    await hands.tabTo(button(page, 'I have stored the secret'));
    await hands.press('Enter');
    await seeGone(dialog(page, 'Access key created'));
    await see(row(page, 'Access keys', name)); // the list is read again, and its green button then stands elsewhere
    return key;
  }

  /** The endpoints of the customer's API that a gateway lets the key reach. */
  async function reached({ token }: NewKey): Promise<string[]> {
    const asked = ENDPOINTS.map(async ({ method, path }) => {
      const headers = { 'x-api-key': token, 'x-forwarded-method': method, 'x-forwarded-uri': path };
      const { status } = await fetch(`${app.url}/v1/apis/${api}/auth`, { headers });
      return status === 204 ? [`${method} ${path}`] : [];
    });
    return (await Promise.all(asked)).flat();
  }

  async function management({ token }: NewKey, method: string, path: string): Promise<number> {
    return (await fetch(app.url + path, { method, headers: { 'x-api-key': token } })).status;
  }

  async function seeSummary(form: Locator, text: string): Promise<void> {
    await see(form.getByRole('status', { name: 'What the key may do' }).filter({ hasText: text }));
  }
});

const radio = (place: Locator, name: string) => place.getByRole('radio', { name, exact: true });
const atApi = (form: Locator, name: string) =>
  form.getByRole('radiogroup', { name: `Permission at ${name}`, exact: true });
async function labelsOf(choices: Locator): Promise<(string | null | undefined)[]> {
  const radios = choices.getByRole('radio');
  await radios.first().waitFor({ state: 'attached' });
  // Radios are inputs.
  return radios.evaluateAll(all => all.map(one => (one as HTMLInputElement).labels?.[0]?.textContent));
}
const isMixed = (box: Locator) => box.evaluate(input => (input as HTMLInputElement).indeterminate); // boxes are inputs
