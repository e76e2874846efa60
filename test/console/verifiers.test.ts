import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { createVerifier, type RemoteVerifier } from '@keywright/verifier';
import type { Locator } from 'playwright-core';
import { snippetFor } from '../../packages/console/src/verifiers/snippet.ts';
import { type Act, acting } from '../operations/acting.ts';
import { connectVerifier } from '../operations/world.ts';
import type { TestAccount, TestApp } from '../support/app.ts';
import { until } from '../support/until.ts';
import { VERIFIER_ENDPOINTS } from '../verifier/world.ts';
import { problemsOf } from './inspect.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import {
  button,
  cellText,
  choose,
  confirm,
  dialog,
  INCOMPLETE,
  item,
  openMenu,
  type Person,
  readNewKey,
  row,
  see,
  seeDisabled,
  seeGone,
  tellPages,
} from './steps.ts';

const TABLE = 'Verifiers';
const STOCK = {
  openapi: '3.1.0',
  info: { title: 'Stock', version: '1' },
  paths: { '/items': { post: { summary: 'Make an item', responses: {} } } },
};
/** A follower of the changes that the test connects: it never acknowledges, and may decide alone for a minute. */
const DEAF = { name: 'deaf gateway', staleMaxMs: 60_000 };

/** Who decides about keys, and who has heard of a change, as administrators see it. Each test goes on where the one before has ended. */
describe('verifiers and receipts in the console', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let owner: Person;
  let act: Act;
  let verifier: RemoteVerifier;
  let member: Person | undefined;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    act = acting(app.app, acme.callers.owner);
    owner = await comeIn('owner');
  });
  afterEach(context => tellPages(context, owner, member));
  after(() => opened.disposeAsync());

  const key = (name: string) => act('createAccessKey', { name });

  test('where there are nodes only, a message is the receipt', async () => {
    await key('for nodes only');
    const { page } = owner;
    await page.goto('/api-and-keys');
    await choose(page, 'for nodes only', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(page.getByText(/^The access key was deactivated\. Refused everywhere after [\d.]+ m?s \(1 node\)\.$/));
  });

  test('Settings → Verifiers teaches how to add one, and leads to a key that can do nothing else', async () => {
    await act('createServiceAccount', { name: 'Edge', role: 'admin' });
    const { id: api } = await act('createApi', { name: 'Shop' });
    const { page } = owner;
    await page.goto('/settings');
    await page.getByRole('tab', { name: 'Verifiers' }).click();
    await see(page.getByRole('heading', { name: 'No verifiers yet' }));
    await see(page.getByLabel('Lines of code').filter({ hasText: snippetFor(app.url, api) }));
    await button(page, 'Create access key').click();
    const form = dialog(page, 'Create access key');
    await form.getByRole('combobox', { name: 'Owner' }).fill('Edge');
    await page.getByRole('option', { name: 'Edge' }).click();
    await button(form, 'Create access key').click();
    const { token, key: made } = await readNewKey(page);
    await button(page, 'I have stored the secret').click();
    const { grants, permission, owner: of } = await act('getAccessKey', { key: made });
    assert.deepEqual([permission, grants, of.name], ['restricted', { keywright: VERIFIER_ENDPOINTS }, 'Edge']);
    verifier = opened.use(createVerifier({ server: app.url, credential: token, name: 'edge 1' }));
    await verifier.ready();
  });

  test('a verifier appears by itself, with its figures', async () => {
    const { page } = owner;
    await see(row(page, TABLE, 'edge 1'));
    await see(page.getByRole('heading', { name: 'Add a verifier' }));
    const { token } = await key('seen by the verifier');
    // What it reads while it hears of the new key, it does not keep.
    await until(async () => (await verifier.verify(token)).allowed && verifier.health().hitRate > 0);
    const cell = (header: string) => cellText(page, TABLE, 'edge 1', header);
    await until(async () => (await cell('Entries')) === '1' && /^[1-9][\d.]* %$/.test(await cell('Hit rate')));
    assert.match(await cell('Lag'), /^[\d.]+ m?s$/);
    assert.equal(await cell('State'), 'Connected');
    assert.equal(await cell('When stale'), 'Refuses all after 10 s');
    assert.match(await cell('Name'), /edge 1.*Version 0\.1\.0/);
  });

  test('a node is heard of also while nothing changes', async () => {
    app.clock.at += 5000;
    const heard = new Date(app.clock.at).toISOString();
    await until(async () => {
      const { items } = await act('listVerifiers', {});
      return items.find(({ kind }) => kind === 'node')?.seenAt === heard;
    });
  });

  test('Deactivate ends with the receipt: refused everywhere, by whom after how many ms', async () => {
    const { page } = owner;
    const { token } = await key('to be refused');
    assert.equal((await verifier.verify(token)).allowed, true);
    await page.goto('/api-and-keys');
    await choose(page, 'to be refused', 'Deactivate');
    const asked = dialog(page, 'Deactivate access key');
    await button(asked, 'Deactivate').click();
    await see(
      asked.getByRole('status').filter({ hasText: /Refused everywhere after [\d.]+ m?s \(1 node, 1 verifier\)/ }),
    );
    const decision = await verifier.verify(token);
    assert.equal(decision.allowed || decision.reason, 'inactive');
    await unfold(asked);
    await see(asked.getByRole('listitem').filter({ hasText: /^edge 1 \(verifier\) after [\d.]+ m?s$/ }));
    await see(asked.getByRole('listitem').filter({ hasText: /\(node\) after [\d.]+ m?s$/ }));
    assert.deepEqual(await problemsOf(page), []);
    await button(asked, 'Done').press('Enter');
    await seeGone(asked);
    await see(row(page, 'Access keys', 'to be refused').getByText('Inactive'));
    await see(page.locator(':focus[aria-label="Actions for to be refused"]'));
  });

  test('a changed permission, a changed role and a deactivated owner have receipts, too', async () => {
    const { page } = owner;
    await choose(page, 'seen by the verifier', 'Edit');
    const edited = dialog(page, 'Edit access key');
    await edited.getByRole('radio', { name: 'Read only', exact: true }).check();
    await button(edited, 'Save').click();
    await seeReceipt(edited, /In force everywhere after [\d.]+ m?s \(1 node, 1 verifier\)/);
    await page.goto(`/members/${acme.callers.viewer.owner.id}`);
    await page.getByLabel('New role').selectOption('Member');
    await button(page, 'Change role').click();
    await button(dialog(page, 'Change role'), 'Change role').click();
    await seeReceipt(dialog(page, 'Change role'), /In force everywhere/);
    await button(dialog(page, 'Acme viewer'), 'Remove').click();
    await button(dialog(page, 'Remove member'), 'Remove').click();
    await seeReceipt(dialog(page, 'Remove member'), /Refused everywhere/);
    await page.goto('/service-accounts');
    await page.getByRole('link', { name: 'Acme robot' }).click();
    const panel = dialog(page, 'Acme robot');
    await panel.getByLabel('Role').selectOption('Viewer');
    await button(panel, 'Save').click();
    await seeReceipt(dialog(page, 'Service account'), /In force everywhere/);
    await page.keyboard.press('Escape');
    await seeGone(panel);
    await choose(page, 'Acme robot', 'Deactivate');
    await button(dialog(page, 'Deactivate service account'), 'Deactivate').click();
    await seeReceipt(dialog(page, 'Deactivate service account'), /Refused everywhere/);
  });

  test('an import, an endpoint that is changed or deleted, and an API that is deleted, have receipts, too', async () => {
    const { page } = owner;
    const { id: api } = await act('createApi', { name: 'Stock' });
    await page.goto(`/apis/${api}/endpoints`);
    await button(page, 'Import OpenAPI document').click();
    const imported = dialog(page, 'Import OpenAPI document');
    await imported.getByText('Paste', { exact: true }).click();
    await imported.getByRole('textbox', { name: 'Document' }).fill(JSON.stringify(STOCK));
    await button(imported, 'Show the difference').click();
    await button(dialog(page, 'What the import changes'), 'Apply').click();
    await seeReceipt(imported, /In force everywhere/);
    await choose(page, 'POST /items', 'Edit');
    const edited = dialog(page, 'Edit POST /items');
    await edited.getByLabel('Effect').selectOption('Reads');
    await button(edited, 'Save').click();
    await seeReceipt(edited, /In force everywhere after [\d.]+ m?s \(1 node, 1 verifier\)/);
    await choose(page, 'POST /items', 'Delete');
    await button(dialog(page, 'Delete endpoint'), 'Delete').click();
    await seeReceipt(dialog(page, 'Delete endpoint'), /In force everywhere/);
    await page.goto('/apis');
    await choose(page, 'Stock', 'Delete');
    await button(dialog(page, 'Delete API'), 'Delete').click();
    await seeReceipt(dialog(page, 'Delete API'), /Refused everywhere/);
  });

  test('what decides nothing does not wait', async () => {
    const { page } = owner;
    await page.goto('/api-and-keys');
    await choose(page, 'seen by the verifier', 'Edit');
    await dialog(page, 'Edit access key').getByLabel('Name', { exact: true }).fill('with another name');
    await button(dialog(page, 'Edit access key'), 'Save').click();
    await seeGone(dialog(page, 'Edit access key'));
    await see(page.getByText('The access key was changed.', { exact: true }));
  });

  test('who did not acknowledge is named, live, with the time until which it may accept', async () => {
    const { page } = owner;
    await key('heard by one alone');
    const deaf = await connectVerifier(app.app, acme.id, null, DEAF);
    await page.goto('/api-and-keys');
    const changed = row(page, 'Access keys', 'heard by one alone');
    await changed.getByRole('switch').press('Space');
    const asked = dialog(page, 'Deactivate access key');
    await button(asked, 'Yes').click();
    await see(asked.getByText('2 of 3 nodes and verifiers have heard of it. Waiting for deaf gateway…'));
    await see(changed.getByText('Inactive'));
    assert.equal(await asked.getByText(/did not answer/).count(), 0, 'the receipt is on its way');
    await see(button(asked, 'Close').last());
    const warning = asked.getByRole('status').filter({ hasText: /1 of 3 did not answer within [\d.]+ s/ });
    await warning.waitFor(INCOMPLETE);
    await see(warning.getByText(/^deaf gateway may decide by what was before until \d+ \w+ \d+, [\d:]+\./));
    await unfold(asked);
    await see(asked.getByRole('listitem').filter({ hasText: 'edge 1' }));
    await app.app.followers.leave({ account: acme.id, by: acme.callers.owner.owner.id }, deaf);
    await see(asked.getByText('Refused everywhere by now'));
    await button(asked, 'Done').click();
    await seeGone(asked);
  });

  test('who closes the dialog is not held up, and is told the end by a message that stays', async () => {
    const { page } = owner;
    const deaf = await connectVerifier(app.app, acme.id, null, DEAF);
    await page.getByLabel('State').selectOption('Active');
    await choose(page, 'with another name', 'Deactivate');
    const asked = dialog(page, 'Deactivate access key');
    await button(asked, 'Deactivate').click();
    await see(asked.getByText(/Waiting for deaf gateway/));
    await assert.rejects(asked.waitFor({ state: 'hidden', timeout: 1000 }), 'the dialog went with its row');
    await page.keyboard.press('Escape');
    await seeGone(asked);
    await page.getByLabel('State').selectOption('All states');
    await see(row(page, 'Access keys', 'with another name').getByText('Inactive'));
    await choose(page, 'with another name', 'Edit');
    await page
      .getByText(/^The access key was deactivated\. Not everywhere yet: 1 of 3 .* still count at: deaf gateway\.$/)
      .waitFor(INCOMPLETE);
    await see(dialog(page, 'Edit access key'));
    await page.keyboard.press('Escape');
    assert.deepEqual(await problemsOf(page), []);
    await page.getByRole('link', { name: 'heard by one alone' }).click();
    const panel = dialog(page, 'heard by one alone');
    await openMenu(panel, 'heard by one alone');
    await item(page, 'Delete').click();
    await button(dialog(page, 'Delete access key'), 'Delete').click();
    await see(page.getByText(/Waiting for deaf gateway/));
    await page.keyboard.press('Escape');
    await seeGone(panel);
    await seeGone(row(page, 'Access keys', 'heard by one alone'));
    await page.goto('/settings/verifiers');
    assert.equal(await cellText(page, TABLE, 'deaf gateway', 'When stale'), 'Refuses all after 1 minute');
    app.clock.at += 6000;
    await see(row(page, TABLE, 'deaf gateway').getByText('Does not acknowledge'));
    await see(row(page, TABLE, 'edge 1').getByText('Connected'));
    await app.app.followers.leave({ account: acme.id, by: acme.callers.owner.owner.id }, deaf);
    await seeGone(row(page, TABLE, 'deaf gateway'));
  });

  test('one that serves on and fell silent is called so', async () => {
    const { page } = owner;
    await page.goto('/settings/verifiers');
    await connectVerifier(app.app, acme.id, null, { name: 'stubborn', onStale: 'serve', staleMaxMs: 2000 });
    await see(row(page, TABLE, 'stubborn').getByText('Silent'));
    assert.equal(await cellText(page, TABLE, 'stubborn', 'When stale'), 'Goes on with what it knows after 2 s');
  });

  test('members see the list, and why they can not add a verifier', async () => {
    member = await comeIn('member');
    await member.page.goto('/settings/verifiers');
    await see(row(member.page, TABLE, 'edge 1'));
    await seeDisabled(button(member.page, 'Create access key'), /Only owners and administrators/);
    assert.deepEqual([...owner.complaints, ...member.complaints], []);
  });

  async function unfold(place: Locator): Promise<void> {
    await button(place, 'Who acknowledged').click();
  }

  async function seeReceipt(place: Locator, line: RegExp): Promise<void> {
    await see(place.getByRole('status').filter({ hasText: line }));
    await button(place, 'Done').click();
    await seeGone(place);
  }
});
