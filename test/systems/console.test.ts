import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { run } from '@keywright/server';
import type { Browser } from 'playwright-core';
import { type ComeIn, openConsole } from '../console/open-console.ts';
import {
  button,
  cellText,
  choose,
  confirm,
  createKey,
  dialog,
  item,
  type NewKey,
  newPerson,
  openMenu,
  type Person,
  readNewKey,
  row,
  see,
  seeDisabled,
  seeGone,
  seeOnClipboard,
  statusOf,
  tab,
  tellPages,
  textIn,
} from '../console/steps.ts';
import { callOf, emailOf, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';

const KEYS = 'Access keys';

/** What the people of the five systems do in their consoles, done in this one. Each test goes on where the one before has ended. */
describe('the five systems in the console', () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let owner: Person;
  let member: Person;
  let own: NewKey;
  let endpoint: string;
  let inProject: NewKey;

  before(async () => {
    ({ app, acme, browser, comeIn } = opened.use(await openConsole()));
    [owner, member] = await Promise.all([comeIn('owner'), comeIn('member')]);
  });
  beforeEach(() => {
    // The browsers say how long ago something was by their own clocks.
    app.clock.at = Math.max(app.clock.at + 1000, Date.now());
  });
  afterEach(context => tellPages(context, owner, member));
  after(() => opened.disposeAsync());

  test('G1 whoever can sign in makes a key: own name, Profile, Overview, Access keys, the green button', async () => {
    const { page } = member;
    await page.goto('/members');
    await button(page, 'Acme member').click();
    await item(page, 'Profile').click();
    assert.equal(await tab(page, 'Overview').getAttribute('aria-selected'), 'true');
    await tab(page, KEYS).click();
    const create = button(page, 'Create access key');
    await see(create);
    const colour = await create.evaluate(one => getComputedStyle(one).backgroundColor);
    const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
    assert.ok(green > red && green > blue, `${colour} is not green`);
    await create.click();
    await dialog(page, 'Create access key').getByLabel('Name', { exact: true }).fill('guardrails');
    await button(dialog(page, 'Create access key'), 'Create access key').click();
    await see(dialog(page, 'Access key created'));
  });

  test('G2 the secret is shown this one time, can be copied, and the pair works at once', async () => {
    const { page } = member;
    own = await readNewKey(page);
    await button(dialog(page, 'Access key created'), 'Copy Secret').click();
    await seeOnClipboard(page, own.secret);
    assert.equal((await asPair(`${app.url}/v1/whoami`, own)).status, 200);
  });

  test('A7 after the window is closed no one can show the secret again: a new key is the way', async () => {
    const { page } = member;
    await button(page, 'I have stored the secret').click();
    await seeGone(dialog(page, 'Access key created'));
    await row(page, KEYS, 'guardrails').getByRole('link').click();
    await see(
      dialog(page, 'guardrails')
        .getByText('No use was recorded.')
        .or(page.getByText(/at most \d+ on a day/)),
    );
    assert.ok(!(await page.content()).includes(own.secret));
    assert.ok(!(await (await asPair(`${app.url}/v1/access-keys/${own.key}`, own)).text()).includes(own.secret));
    await button(dialog(page, 'guardrails'), 'Close').click();
    await seeGone(dialog(page, 'guardrails'));
  });

  test('G6 only an inactive key can be deleted, at any door, and the answer says why', async () => {
    const { page } = member;
    await openMenu(page, 'guardrails');
    await seeDisabled(item(page, 'Delete'), /only an inactive access key/i);
    await page.keyboard.press('Escape');
    await seeDisabled(button(page, 'Revoke key guardrails'), /only an inactive access key/i);
    const refused = await asPair(`${app.url}/v1/access-keys/${own.key}`, own, { method: 'DELETE' });
    assert.equal(refused.status, 409);
    assert.match(await refused.text(), /Only an inactive access key can be deleted/);
    assert.equal(await statusOf(app.url, own), 200);
  });

  test('G4 Deactivate, the arrow down on the row, stops the key', async () => {
    const { page } = member;
    await choose(page, 'guardrails', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(row(page, KEYS, 'guardrails').getByText('Inactive', { exact: true }));
    assert.equal(await statusOf(app.url, own), 401);
  });

  test('G5 Activate, the arrow up, brings it back', async () => {
    const { page } = member;
    await choose(page, 'guardrails', 'Activate');
    await confirm(page, 'Activate access key', 'Activate');
    await see(row(page, KEYS, 'guardrails').getByText('Active', { exact: true }));
    assert.equal(await statusOf(app.url, own), 200);
  });

  test('P3 a toggle on the row disables and enables, after a Yes', async () => {
    const { page } = member;
    const toggle = row(page, KEYS, 'guardrails').getByRole('switch');
    assert.ok(await toggle.isChecked());
    await row(page, KEYS, 'guardrails').locator('.mantine-Switch-track').click();
    await see(dialog(page, 'Deactivate access key').getByText(/stops working at once/));
    await button(dialog(page, 'Deactivate access key'), 'Cancel').click();
    assert.equal(await statusOf(app.url, own), 200);
    await toggle.press('Space');
    await confirm(page, 'Deactivate access key', 'Yes');
    await see(row(page, KEYS, 'guardrails').getByText('Inactive', { exact: true }));
    assert.equal(await toggle.isChecked(), false);
    assert.equal(await statusOf(app.url, own), 401);
    await toggle.press('Space');
    await confirm(page, 'Activate access key', 'Yes');
    await see(row(page, KEYS, 'guardrails').getByText('Active', { exact: true }));
    assert.equal(await statusOf(app.url, own), 200);
  });

  test('G6 an inactive key is deleted by the X, with the warning that it can not be retrieved', async () => {
    const { page } = member;
    await choose(page, 'guardrails', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(row(page, KEYS, 'guardrails').getByText('Inactive', { exact: true }));
    await choose(page, 'guardrails', 'Delete');
    await see(dialog(page, 'Delete access key').getByText(/can not be retrieved/));
    await confirm(page, 'Delete access key', 'Delete');
    await see(page.getByText('No access keys yet'));
  });

  test('P4 Revoke key, the bin, deletes an active key where the key policy lets it', async () => {
    await run(app.app, 'updateKeyPolicy', { deleteRequiresInactive: false }, callOf(acme.callers.owner));
    const { page } = member;
    await page.reload();
    const key = await createKey(page, 'a pod');
    await button(page, 'Revoke key a pod').click();
    await see(dialog(page, 'Revoke key').getByText(/deleted for good/));
    await confirm(page, 'Revoke key', 'Revoke key');
    await see(page.getByText('No access keys yet'));
    assert.equal(await statusOf(app.url, key), 401);
    await run(app.app, 'updateKeyPolicy', { deleteRequiresInactive: true }, callOf(acme.callers.owner));
  });

  test('N1 API & Keys of a project shows its own API endpoint, with copy, and its keys', async () => {
    const { page } = owner;
    await page.goto('/projects');
    await see(page.getByText('No projects yet'));
    await button(page, 'Create project').first().click();
    await dialog(page, 'Create project').getByLabel('Name').fill('Shop');
    await button(dialog(page, 'Create project'), 'Create project').click();
    await see(page.getByRole('heading', { name: 'API & Keys' }));
    await see(page.getByRole('heading', { name: 'Shop' }));
    endpoint = await textIn(page.getByLabel('API endpoint', { exact: true }));
    assert.match(endpoint, /^http:\/\/[^/]+\/v1\/projects\/prj_[a-z2-7]{20}$/);
    await button(page, 'Copy API endpoint').click();
    await seeOnClipboard(page, endpoint);
    await see(page.getByText('No access keys yet'));
    // The page of the project that one was in last is where the navigation leads.
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByRole('link', { name: 'API & Keys' }).click();
    await see(page.getByRole('heading', { name: 'Shop' }));
  });

  test('N3 Add API key: name and description, then key and secret, once', async () => {
    const { page } = owner;
    await button(page, 'Add API key').click();
    const form = dialog(page, 'Create access key');
    await see(form.getByText('The key will work in the project Shop only.'));
    await form.getByLabel('Name', { exact: true }).fill('cashier');
    await form.getByLabel('Description').fill('for the till');
    await button(form, 'Create access key').click();
    inProject = await readNewKey(page);
    await button(page, 'I have stored the secret').click();
    assert.equal((await asPair(endpoint, inProject)).status, 200);
    await see(row(page, KEYS, 'cashier'));
  });

  test('N2 a key made there is refused outside of its project', async () => {
    assert.equal((await asPair(`${app.url}/v1/whoami`, inProject)).status, 403);
    const { page } = owner;
    await page.getByRole('combobox', { name: 'Project' }).click();
    await page.getByRole('option', { name: 'All projects' }).click();
    await see(row(page, KEYS, 'cashier').getByText('in Shop'));
    await page.getByRole('combobox', { name: 'Project' }).click();
    await page.getByRole('option', { name: 'Shop' }).click();
    await see(page.getByRole('heading', { name: 'Shop' }));
  });

  test('N5 View in API opens each object at the endpoint of its project', async () => {
    const { page, context } = owner;
    for (const [of, address] of [
      ['cashier', `${endpoint}/access-keys/${inProject.key}`],
      ['Shop', endpoint],
    ] as const) {
      await openMenu(page, of);
      const [opens] = await Promise.all([context.waitForEvent('page'), item(page, 'View in API').click()]);
      await opens.waitForLoadState();
      assert.equal(opens.url(), address);
      await see(opens.getByText(of).first());
      await opens.close();
    }
    await choose(page, 'cashier', 'Copy as curl');
    await seeOnClipboard(page, `curl -u "$KEYWRIGHT_KEY:$KEYWRIGHT_SECRET" '${endpoint}/access-keys/${inProject.key}'`);
  });

  test('N6 the state stands on the row, and its menu offers what fits the state', async () => {
    const { page } = owner;
    await openMenu(page, 'cashier');
    await see(item(page, 'Deactivate'));
    assert.equal(await item(page, 'Activate').count(), 0);
    await item(page, 'Deactivate').click();
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(row(page, KEYS, 'cashier').getByText('Inactive', { exact: true }));
    await openMenu(page, 'cashier');
    await see(item(page, 'Delete'));
    assert.equal(await item(page, 'Delete').getAttribute('aria-disabled'), null);
    await item(page, 'Activate').click();
    await confirm(page, 'Activate access key', 'Activate');
    await see(row(page, KEYS, 'cashier').getByText('Active', { exact: true }));
  });

  test('N7 Edit changes name and description; key and secret stay', async () => {
    const { page } = owner;
    await choose(page, 'cashier', 'Edit');
    const form = dialog(page, 'Edit access key');
    await form.getByLabel('Name', { exact: true }).fill('till');
    await form.getByLabel('Description').fill('in the front shop');
    assert.equal(await form.getByText(inProject.key).count(), 0, 'the key can not be edited');
    await button(form, 'Save').click();
    await seeGone(form);
    assert.match(await cellText(page, KEYS, 'till', 'Name'), new RegExp(inProject.key));
    assert.equal((await asPair(endpoint, inProject)).status, 200);
  });

  test('A1 Members, a person: a panel from the side, with a tab Access keys', async () => {
    const { page } = owner;
    await page.goto('/members');
    await row(page, 'Members', 'Acme member').getByRole('link').click();
    await tab(dialog(page, 'Acme member'), KEYS).click();
    await see(dialog(page, 'Acme member').getByText('No access keys yet'));
  });

  test('A2 the key file is a CSV with access key ID and secret key, and is offered this once', async () => {
    const { page } = owner;
    await button(dialog(page, 'Acme member'), 'Create access key').click();
    await dialog(page, 'Create access key').getByLabel('Name', { exact: true }).fill('log shipper');
    await button(dialog(page, 'Create access key'), 'Create access key').click();
    const { key, secret } = await readNewKey(page);
    const file = await downloadOf(page, 'Download key file');
    assert.equal(file, `name,access key ID,secret key\r\n"log shipper","${key}","${secret}"\r\n`);
    await button(page, 'I have stored the secret').click();
    await seeGone(dialog(page, 'Access key created'));
    assert.equal(await button(page, 'Download key file').count(), 0);
  });

  test('A3 the list shows name, key, last use, creator and when, and the name can be edited', async () => {
    const { page } = owner;
    const panel = dialog(page, 'Acme member');
    assert.match(await cellText(panel, KEYS, 'log shipper', 'Name'), /KW[A-Z2-7]{18}/);
    assert.equal(await cellText(panel, KEYS, 'log shipper', 'Last used'), 'Never');
    assert.equal(await cellText(panel, KEYS, 'log shipper', 'Creator'), 'Acme owner');
    assert.equal(await cellText(panel, KEYS, 'log shipper', 'Created'), 'just now');
    await choose(page, 'log shipper', 'Edit');
    await dialog(page, 'Edit access key').getByLabel('Name', { exact: true }).fill('log shipper 2');
    await button(dialog(page, 'Edit access key'), 'Save').click();
    await see(row(panel, KEYS, 'log shipper 2'));
  });

  test('A5 Delete asks, and says that integrations that use the key will stop', async () => {
    const { page } = owner;
    const panel = dialog(page, 'Acme member');
    await choose(page, 'log shipper 2', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(row(panel, KEYS, 'log shipper 2').getByText('Inactive', { exact: true }));
    await choose(page, 'log shipper 2', 'Delete');
    await see(dialog(page, 'Delete access key').getByText(/integrations that still use it stop working/));
    await confirm(page, 'Delete access key', 'Delete');
    await see(panel.getByText('No access keys yet'));
  });

  test('A6 an administrator acts in the accounts that the own one manages, and a band says so', async () => {
    const { page } = owner;
    await page.goto('/accounts');
    await see(page.getByText('No managed accounts yet'));
    await button(page, 'Create managed account').first().click();
    await dialog(page, 'Create managed account').getByLabel('Name').fill('Customer');
    await button(dialog(page, 'Create managed account'), 'Create managed account').click();
    await row(page, 'Accounts', 'Customer').getByRole('link').click();
    const band = page.getByRole('region', { name: 'Where you act', exact: true });
    await see(band.getByText('You act in the account Customer as an administrator of Acme.'));

    await page.getByRole('link', { name: 'Service accounts' }).click();
    await button(page, 'Create service account').first().click();
    await dialog(page, 'Create service account').getByLabel('Name').fill('Exporter');
    await button(dialog(page, 'Create service account'), 'Create service account').click();
    const key = await createKey(page, 'customer export');
    assert.equal(await statusOf(app.url, key), 200);
    await button(dialog(page, 'Exporter'), 'Close').click();
    await page.getByRole('link', { name: 'Audit log' }).click();
    await row(page, 'Events', 'createAccessKey').getByRole('button').click();
    await see(page.getByRole('term').filter({ hasText: 'Acted from' }));

    await band.getByRole('link', { name: 'Back to Acme' }).click();
    await see(row(page, KEYS, 'till').or(page.getByText('No access keys yet')));
    assert.equal(await band.count(), 0);
    await page.goto('/api-and-keys');
    await see(row(page, KEYS, 'till'));
    assert.equal(await row(page, KEYS, 'customer export').count(), 0);
    // Somebody else finds nothing at that address.
    const { account } = await (await asPair(`${app.url}/v1/whoami`, key)).json();
    await member.page.goto(`/?account=${account.id}`);
    await see(member.page.getByText(/There is no account/));
    await member.page.getByRole('link', { name: 'To the start' }).click();
    await see(button(member.page, 'Create access key').first());
  });

  test('P6 a legacy key is marked in the list, and its panel leads to a restricted one', async () => {
    const rows = [{ owner: emailOf('Acme', 'owner'), secret: 'from-another-system-1234', name: 'old crawler' }];
    await run(app.app, 'importAccessKeys', { rows }, callOf(acme.callers.owner));
    const { page } = owner;
    await page.goto('/profile/access-keys');
    await see(row(page, KEYS, 'old crawler').getByText('Legacy'));
    await row(page, KEYS, 'old crawler').getByRole('link').click();
    await button(dialog(page, 'old crawler'), 'Make a restricted key instead').click();
    const form = dialog(page, 'Create access key');
    assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), 'old crawler (restricted)');
    assert.ok(await form.getByRole('radio', { name: 'Restricted' }).first().isChecked());
    await button(form, 'Create access key').click();
    await see(dialog(page, 'Access key created'));
    await button(page, 'I have stored the secret').click();
    await button(dialog(page, 'old crawler'), 'Close').click();
    assert.equal(await cellText(page, KEYS, 'old crawler (restricted)', 'Permission'), 'Restricted');
  });

  test('N8 without access control a banner on every page says so', async () => {
    const open = opened.use(await startTestApp('sqlite', { openAccess: true }));
    const { page } = opened.use(await newPerson(browser, open.url));
    for (const path of ['/', '/members', '/api-and-keys', '/audit-log']) {
      await page.goto(path);
      const banner = page.getByRole('region', { name: 'Open access' });
      await see(banner.getByText('Access control is off.'));
      assert.match(await textIn(banner), /Set up access control/);
    }
  });
});

/** A request with the pair as username and password. */
function asPair(url: string, { key, secret }: NewKey, options: RequestInit = {}): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
  return fetch(url, { ...options, headers: { authorization } });
}

/** Presses the button, and reads the file that comes. */
async function downloadOf(page: Person['page'], name: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await button(page, name).click();
  const download = await waiting;
  return readFile(await download.path(), 'utf8');
}
