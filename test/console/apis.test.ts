import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import type { Page } from 'playwright-core';
import { callOf, makeKey, type TestAccount, type TestApp } from '../support/app.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import {
  button,
  cellText,
  choose,
  confirm,
  dialog,
  openMenu,
  type Person,
  row,
  runCurl,
  see,
  seeDisabled,
  seeGone,
  tellPages,
  textIn,
} from './steps.ts';

const document = (paths: string) =>
  `openapi: 3.1.0\ninfo: { title: Orders of the shop, version: "2" }\npaths:\n${paths}`;
const LIST = '  /orders: { get: { summary: List orders, tags: [orders] } }\n';
const SEARCH = '  /orders/search: { post: { summary: Search orders, tags: [orders] } }\n';

/** The page APIs: each test goes on where the one before has ended. */
describe('APIs in the console', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let owner: Person;
  let page: Page;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    owner = await comeIn('owner');
    page = owner.page;
  });
  afterEach(context => tellPages(context, owner));
  after(() => opened.disposeAsync());

  test('an empty page says what to do first, and an API begins with its endpoints', async () => {
    await page.goto('/apis');
    await see(page.getByText('No API of your own yet'));
    await see(row(page, 'APIs', 'Keywright').getByText('Built in'));
    await button(page, 'Create API').first().click();
    const form = dialog(page, 'Create API');
    await button(form, 'Create API').click();
    await see(form.locator('[aria-invalid="true"]'));
    await form.getByLabel('Name').fill('Orders');
    await button(form, 'Create API').click();
    await see(dialog(page, 'Orders').getByText('No endpoints yet'));
  });

  test('an endpoint is added by hand, and its effect can be another than that of its method', async () => {
    await button(page, 'Add endpoint').click();
    const form = dialog(page, 'Add endpoint');
    await form.getByLabel('Path').fill('orders');
    await button(form, 'Add endpoint').click();
    await see(form.getByText(/must begin with a slash/i));
    await form.getByLabel('Method').selectOption('POST');
    await form.getByLabel('Path').fill('/orders/search');
    await button(form, 'Add endpoint').click();
    await seeGone(form);
    assert.equal(await cellText(page, 'Endpoints', '/orders/search', 'Effect'), 'Writes');
    await choose(page, 'POST /orders/search', 'Edit');
    const edit = dialog(page, 'Edit POST /orders/search');
    await edit.getByLabel('Effect').selectOption('Reads');
    await button(edit, 'Save').click();
    await seeGone(edit);
    await see(row(page, 'Endpoints', '/orders/search').getByText('Reads'));
  });

  test('an import shows the difference before anything changes', async () => {
    await paste(document(LIST + SEARCH));
    const difference = dialog(page, 'What the import changes');
    await see(difference.getByText('Orders of the shop 2: 1 added, 1 changed, 0 removed; 2 endpoints afterwards.'));
    await see(difference.getByRole('list', { name: 'Added' }).getByText('/orders', { exact: true }));
    await see(button(difference, 'Back').and(page.locator(':focus')));
    await button(difference, 'Back').click();
    await see(dialog(page, 'Import OpenAPI document').locator(':focus'));
    await button(page, 'Cancel').click();
    assert.equal(await row(page, 'Endpoints', 'List orders').count(), 0);
    await paste(document(LIST + SEARCH));
    await button(difference, 'Apply').click();
    await seeGone(difference);
    await see(row(page, 'Endpoints', 'List orders'));
    // What was decided by hand stays.
    assert.equal(await cellText(page, 'Endpoints', '/orders/search', 'Effect'), 'Reads');
  });

  test('what an import takes from keys must be agreed to', async () => {
    const api = page.url().split('/').at(-2) ?? '';
    const grants = { [api]: ['POST /orders/search'] };
    await makeKey(app.app, acme.callers.owner, { name: 'searcher', permission: 'restricted', grants });
    await paste(document(LIST));
    const difference = dialog(page, 'What the import changes');
    await see(difference.getByText('1 access key loses endpoints'));
    await see(difference.getByText('searcher'));
    await button(difference, 'Apply').click();
    await see(
      difference
        .getByRole('alert')
        .filter({ hasText: 'searcher' })
        .or(difference.getByText(/Request/)),
    );
    await difference.getByLabel('Take what is removed out of their grants').check();
    await button(difference, 'Apply').click();
    await seeGone(difference);
    await seeGone(row(page, 'Endpoints', '/orders/search'));
  });

  test('a broken document is refused with the reason, and changes nothing', async () => {
    await paste('openapi: 2.0\n');
    const form = dialog(page, 'Import OpenAPI document');
    await see(form.getByRole('alert').filter({ hasText: /OpenAPI|openapi/ }));
    await button(form, 'Cancel').click();
    await see(row(page, 'Endpoints', 'List orders'));
  });

  test('the shown curl line asks whether a request may pass', async () => {
    const panel = dialog(page, 'Orders');
    await panel.getByRole('tab', { name: 'Details' }).click();
    const line = await textIn(panel.getByLabel('Try it with curl', { exact: true }));
    const api = page.url().split('/').at(-1) ?? '';
    const { items } = await run(app.app, 'listEndpoints', { api }, callOf(acme.callers.owner));
    const grants = { [api]: items.filter(({ path }) => path === '/orders').map(({ id }) => id) };
    const made = await makeKey(app.app, acme.callers.owner, { permission: 'restricted', grants });
    assert.equal((await runCurl(line, envOf(made))).status, 204, 'a key that may do only what the line asks for');
    const other = await makeKey(app.app, acme.callers.owner, { permission: 'restricted', grants: {} });
    assert.equal((await runCurl(line, envOf(other))).status, 403);
    assert.equal((await runCurl(line, envOf({ ...made, secret: other.secret }))).status, 401);
    await see(button(panel, 'Copy Forward-auth address'));
  });

  test('the curl line of the API of a project asks where keys of the project pass, also before it has endpoints', async () => {
    const as = callOf(acme.callers.owner);
    const { id: project } = await run(app.app, 'createProject', { name: 'Shop' }, as);
    const api = await run(app.app, 'createApi', { name: 'Of the shop', project }, as);
    await page.goto(`/apis/${api.id}`);
    const line = await textIn(dialog(page, 'Of the shop').getByLabel('Try it with curl', { exact: true }));
    const inside = await makeKey(app.app, acme.callers.owner, { project });
    assert.equal((await runCurl(line, envOf(inside))).status, 204);
    assert.equal((await runCurl(line, envOf(await makeKey(app.app, acme.callers.owner, {})))).status, 403);
    await page.goto('/apis/keywright');
    for (const [name, path] of [
      ['API reference', '/docs'],
      ['GraphiQL', '/graphql'],
    ] as const) {
      assert.equal(await dialog(page, 'Keywright').getByRole('link', { name }).getAttribute('href'), path);
    }
  });

  test('an API that no key has a grant for can be deleted; the built-in one can not', async () => {
    await page.goto('/apis');
    await openMenu(page, 'Keywright');
    await seeDisabled(page.getByRole('menuitem', { name: 'Delete' }), /API of Keywright itself/);
    await page.keyboard.press('Escape');
    await run(app.app, 'createApi', { name: 'Old' }, callOf(acme.callers.owner));
    await page.reload();
    await choose(page, 'Old', 'Delete');
    await confirm(page, 'Delete API', 'Delete');
    await seeGone(row(page, 'APIs', 'Old'));
  });

  test('members see the APIs, and why they can not change them', async () => {
    const member = await comeIn('member');
    await member.page.goto('/apis');
    await see(row(member.page, 'APIs', 'Orders'));
    await seeDisabled(button(member.page, 'Create API'), /Only owners and administrators/);
    assert.deepEqual([...owner.complaints, ...member.complaints], []);
  });

  const envOf = ({ key, secret }: { key: string; secret: string }) => ({
    KEYWRIGHT_KEY: key,
    KEYWRIGHT_SECRET: secret,
  });

  async function paste(text: string): Promise<void> {
    await button(page, 'Import OpenAPI document').click();
    const form = dialog(page, 'Import OpenAPI document');
    await form.getByText('Paste', { exact: true }).click();
    await form.getByRole('textbox', { name: 'Document' }).fill(text);
    await button(form, 'Show the difference').click();
  }
});
