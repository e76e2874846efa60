import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Event } from '@keywright/contract';
import { run } from '@keywright/server';
import { callOf, makeKey, type TestAccount, type TestApp } from '../support/app.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import {
  button,
  choose,
  confirm,
  dialog,
  item,
  openMenu,
  type Person,
  row,
  see,
  seeDisabled,
  seeEnabled,
  seeGone,
  seeOnClipboard,
  tellPages,
} from './steps.ts';

/** A name that a spreadsheet would run. */
const FORMULA = '=1+1';

/** Projects, managed accounts and the audit log as administrators use them. Each test goes on where the one before has ended. */
describe('projects, accounts and the audit log', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let owner: Person;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    owner = await comeIn('owner');
  });
  afterEach(context => tellPages(context, owner));
  after(() => opened.disposeAsync());

  const as = () => callOf(acme.callers.owner);

  test('a project is edited, archived and comes back', async () => {
    const { id } = await run(app.app, 'createProject', { name: 'Shop' }, as());
    const { page } = owner;
    await page.goto('/projects');
    await choose(page, 'Shop', 'Edit');
    await dialog(page, 'Edit project').getByLabel('Description').fill('What customers see.');
    await button(dialog(page, 'Edit project'), 'Save').click();
    await see(row(page, 'Projects', 'What customers see.'));
    await row(page, 'Projects', 'Shop').getByRole('link').click();
    await choose(page, 'Shop', 'Archive');
    await see(dialog(page, 'Archive project').getByText(/its 0 access keys stop working/));
    await confirm(page, 'Archive project', 'Archive');
    await see(page.getByText('The project is archived: none of its keys works until it is unarchived.'));
    await seeDisabled(button(page, 'Add API key').first(), /archived/);
    await page.goto('/projects');
    await see(page.getByText('No projects yet'));
    await page.getByLabel('State').selectOption('Archived');
    await choose(page, 'Shop', 'Unarchive');
    await confirm(page, 'Unarchive project', 'Unarchive');
    await page.goto(`/api-and-keys/${id}`);
    await see(button(page, 'Add API key').first());
    assert.equal(await button(page, 'Add API key').first().getAttribute('aria-disabled'), null);
  });

  test('everything has Copy as curl, which names the managed account that one acts in', async () => {
    const managed = await run(app.app, 'createManagedAccount', { name: 'Customer' }, as());
    const { page } = owner;
    const curl = `curl -u "$KEYWRIGHT_KEY:$KEYWRIGHT_SECRET"`;
    for (const [path, of, address] of [
      ['/settings', 'the account', '/v1/account'],
      ['/settings/key-policy', 'the key policy', '/v1/key-policy'],
      ['/audit-log', 'the audit log', '/v1/events'],
      ['/members', 'Acme viewer', `/v1/members/${acme.callers.viewer.owner.id}`],
      ['/service-accounts', 'Acme robot', `/v1/service-accounts/${acme.serviceAccount}`],
      ['/apis', 'Keywright', '/v1/apis/keywright'],
      ['/accounts', 'Acme', '/v1/account'],
    ] as const) {
      await page.goto(path);
      await choose(page, of, 'Copy as curl');
      await seeOnClipboard(page, `${curl} '${app.url}${address}'`);
    }
    for (const [path, of, address] of [
      ['/profile', 'your profile', '/v1/profile'],
      ['/profile/sessions', 'your sessions', '/v1/profile/sessions'],
    ] as const) {
      await page.goto(path);
      await openMenu(page, of);
      assert.equal(await item(page, 'View in API').getAttribute('href'), address);
      await seeDisabled(item(page, 'Copy as curl'), /no access key gets it/);
      await page.keyboard.press('Escape');
    }
    await page.goto(`/settings?account=${managed.id}`);
    await openMenu(page, 'the account');
    await item(page, 'Copy as curl').click();
    await seeOnClipboard(page, `${curl} -H 'Keywright-Account: ${managed.id}' '${app.url}/v1/account'`);
  });

  test('in a managed account one goes from page to page, and the switcher leads back', async () => {
    const { page } = owner;
    const band = page.getByText('You act in the account');
    for (const name of ['Members', 'Projects', 'Audit log', 'API & Keys']) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await see(page.getByRole('heading', { name }));
      await see(band);
      assert.match(page.url(), /account=acc_/);
    }
    await page.reload();
    await see(band);
    await button(page, 'Acme owner').click();
    await see(item(page, 'Profile in Acme'));
    await page.keyboard.press('Escape');
    await button(page, 'Switch account: Customer').click();
    await item(page, 'Acme').click();
    await see(button(page, 'Switch account: Acme'));
    assert.equal(await band.count(), 0);
  });

  test('a managed account is deactivated and activated', async () => {
    const { page } = owner;
    await page.goto('/accounts');
    await choose(page, 'Customer', 'Deactivate');
    await confirm(page, 'Deactivate account', 'Deactivate');
    await see(row(page, 'Accounts', 'Customer').getByText('Inactive'));
    await choose(page, 'Customer', 'Activate');
    await confirm(page, 'Activate account', 'Activate');
    await see(row(page, 'Accounts', 'Customer').getByText('Active', { exact: true }));
    await openMenu(page, 'Acme');
    await seeDisabled(item(page, 'Deactivate'), /only accounts that it manages/i);
    await page.keyboard.press('Escape');
  });

  test('the audit log is exported with all pages of the filter, as CSV and as JSON Lines', async () => {
    for (let number = 0; number < 120; number++) {
      app.clock.at += 1000;
      await makeKey(app.app, acme.callers.admin, { name: `${FORMULA} ${number}` });
    }
    const { page } = owner;
    await page.goto('/audit-log?action=createAccessKey');
    await see(row(page, 'Events', `${FORMULA} 119`));
    const lines = (await exported('As CSV (.csv)')).trimEnd().split('\r\n');
    assert.equal(lines.length, 121);
    assert.match(lines[0] ?? '', /^"number","at","action",/);
    assert.ok(lines[1]?.includes(`"'${FORMULA} 119"`), lines[1] ?? 'no line');
    const events = (await exported('As JSON Lines (.jsonl)'))
      .trimEnd()
      .split('\n')
      .map((line): Event => JSON.parse(line));
    assert.equal(events.length, 120);
    assert.deepEqual(
      new Set(events.map(event => `${event.action} by ${event.actor.name}`)),
      new Set(['createAccessKey by Acme admin']),
    );
    assert.equal(events[0]?.target.name, `${FORMULA} 119`);
  });

  test('the rules of the project decide what can be done with its keys', async () => {
    const { id: project } = await run(app.app, 'createProject', { name: 'Strict' }, as());
    await run(app.app, 'updateKeyPolicy', { deleteRequiresInactive: false }, as());
    await run(app.app, 'updateKeyPolicy', { project, deleteRequiresInactive: true, createdBy: ['owner'] }, as());
    await makeKey(app.app, acme.callers.owner, { name: 'strict key', project });
    await makeKey(app.app, acme.callers.owner, { name: 'free key' });
    const { page } = owner;
    await page.goto('/api-and-keys');
    await openMenu(page, 'strict key');
    await see(item(page, 'Delete').and(page.locator('[aria-disabled]')));
    await seeDisabled(item(page, 'Delete'), /only an inactive access key/i);
    await page.keyboard.press('Escape');
    await openMenu(page, 'free key');
    assert.equal(await item(page, 'Delete').getAttribute('aria-disabled'), null);
    const admin = await comeIn('admin');
    await admin.page.goto(`/api-and-keys/${project}`);
    await see(button(admin.page, 'Add API key').first().and(admin.page.locator('[aria-disabled]')));
    await seeDisabled(button(admin.page, 'Add API key').first(), /lets only the roles owner create/);
  });

  test('the green button comes with the list of keys, and does not move when it is there', async () => {
    const { id } = await run(app.app, 'createServiceAccount', { name: 'Importer', role: 'member' }, as());
    const { page } = owner;
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>();
    await page.route('**/v1/access-keys?*', route => answered.then(() => route.continue()), { times: 1 });
    await page.route('**/v1/key-policy', route => allowed.then(() => route.continue()));
    await page.goto(`/service-accounts/${id}/access-keys`);
    await see(page.getByLabel('State'));
    assert.equal(await button(page, 'Create access key').count(), 0);
    resolve();
    await see(page.getByText('No access keys yet'));
    await seeDisabled(button(page, 'Create access key'), /One moment/);
    allow();
    await seeEnabled(button(page, 'Create access key'));
    await button(page, 'Create access key').press('Enter');
    await see(dialog(page, 'Create access key'));
  });

  test('what was typed stays when somebody else makes the first key or API meanwhile', async () => {
    const { id } = await run(app.app, 'createServiceAccount', { name: 'Exporter', role: 'member' }, as());
    const { page } = owner;
    await page.clock.install();
    await page.goto(`/service-accounts/${id}/access-keys`);
    await seeTypedStays('Create access key', () =>
      run(app.app, 'createAccessKey', { name: 'first', owner: id, permission: 'read_only' }, as()),
    );
    await page.goto('/apis');
    await seeTypedStays('Create API', () => run(app.app, 'createApi', { name: 'first' }, as()));
  });

  test('the browser had nothing to complain about', () => {
    assert.deepEqual(owner.complaints, []);
  });

  /** Types a name in the dialog of the button that stands where there is nothing yet. */
  async function seeTypedStays(verb: string, makeFirst: () => Promise<unknown>): Promise<void> {
    const { page } = owner;
    await see(page.getByText(/^No .* yet$/));
    await button(page, verb).last().click();
    const name = dialog(page, verb).getByLabel('Name', { exact: true });
    await name.fill('nightly');
    await makeFirst();
    await page.clock.fastForward('00:10'); // what was read is old by now
    await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    await page.getByRole('link', { name: 'first', includeHidden: true }).waitFor({ state: 'attached' });
    assert.equal(await name.inputValue(), 'nightly');
  }

  async function exported(format: string): Promise<string> {
    const { page } = owner;
    await button(page, 'Export').click();
    const waiting = page.waitForEvent('download');
    await item(page, format).click();
    const download = await waiting;
    await seeGone(dialog(page, 'Export events'));
    return readFile(await download.path(), 'utf8');
  }
});
