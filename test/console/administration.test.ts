import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { emailOf, makeKey, PASSWORD, type TestAccount, type TestApp } from '../support/app.ts';
import { until } from '../support/until.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import {
  button,
  cellText,
  choose,
  confirm,
  createKey,
  dialog,
  item,
  type NewKey,
  openMenu,
  type Person,
  row,
  rows,
  see,
  seeCount,
  seeDisabled,
  seeGone,
  signIn,
  statusOf,
  tab,
  tellPages,
  textIn,
} from './steps.ts';

const MEI = { name: 'Mei Tanaka', email: 'mei@acme.example', password: 'another long password' };

/** An administrator's day: each test goes on where the one before has ended. */
describe('administration', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let owner: Person;
  let mei: Person;
  let key: NewKey;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    owner = await comeIn('owner');
  });
  beforeEach(() => {
    // Events of one test stay together, and newer ones stand above older ones.
    app.clock.at += 1000;
  });
  afterEach(context => tellPages(context, owner, mei));
  after(() => opened.disposeAsync());

  test('an invitation link, shown once, lets the person in', async () => {
    const { page } = owner;
    await page.goto('/members');
    await button(page, 'Invite').click();
    const form = dialog(page, 'Invite a person');
    await form.getByLabel('Name').fill(MEI.name);
    await form.getByLabel('E-mail').fill('mei');
    await button(form, 'Invite').click();
    await see(form.getByText(/must be an e-mail address/i));
    await form.getByLabel('E-mail').fill(MEI.email);
    await form.getByLabel('Role').selectOption('Member');
    await button(form, 'Invite').click();
    const link = await textIn(dialog(page, 'Invitation link').getByLabel('Invitation link', { exact: true }));
    await button(page, 'I have copied the link').click();
    await seeGone(dialog(page, 'Invitation link'));
    assert.equal(await cellText(page, 'Members', MEI.name, 'State'), 'Invited');
    assert.ok(!(await page.content()).includes(link.split('token=')[1] ?? link), 'the link is still in the page');

    mei = await comeIn();
    await mei.page.goto(link);
    await see(mei.page.getByText(`Join Acme as member with ${MEI.email}.`));
    await mei.page.getByLabel('Password', { exact: true }).fill(MEI.password);
    await button(mei.page, 'Join').click();
    await see(button(mei.page, MEI.name));
    await see(mei.page.getByText('No access keys yet'));

    await page.reload();
    assert.equal(await cellText(page, 'Members', MEI.name, 'State'), 'Active');
    const late = await comeIn();
    await late.page.goto(link);
    await see(late.page.getByRole('alert'));
  });

  test('a row opens the panel of a member, where keys are made for them', async () => {
    const { page } = owner;
    await row(page, 'Members', MEI.name).click();
    const panel = dialog(page, MEI.name);
    await tab(panel, 'Access keys').click();
    await button(panel, 'Create access key').click();
    await see(dialog(page, 'Create access key').getByText(`The key will belong to ${MEI.name}.`));
    await button(dialog(page, 'Create access key'), 'Cancel').click();
    key = await createKey(page, 'ticket export');
    assert.equal(await statusOf(app.url, key), 200);
    assert.equal(await cellText(panel, 'Access keys', 'ticket export', 'Creator'), 'Acme owner');
    await mei.page.reload();
    assert.equal(await cellText(mei.page, 'Access keys', 'ticket export', 'Creator'), 'Acme owner');
  });

  test('the keys of a member are edited, deactivated and deleted in their panel', async () => {
    const { page } = owner;
    const panel = dialog(page, MEI.name);
    const second = await createKey(page, 'for one day');
    await choose(page, 'for one day', 'Edit');
    const form = dialog(page, 'Edit access key');
    await form.getByLabel('Name', { exact: true }).fill('for two days');
    await form.getByLabel('Read only').check();
    await button(form, 'Save').click();
    await seeGone(form);
    assert.equal(await cellText(panel, 'Access keys', 'for two days', 'Permission'), 'Read only');
    await choose(page, 'for two days', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(row(panel, 'Access keys', 'for two days').getByText('Inactive'));
    assert.equal(await statusOf(app.url, second), 401);
    await choose(page, 'for two days', 'Delete');
    await confirm(page, 'Delete access key', 'Delete');
    await seeGone(row(panel, 'Access keys', 'for two days'));
    await see(row(panel, 'Access keys', 'ticket export'));
  });

  test('a key never exceeds its owner: as a viewer, Mei only looks', async () => {
    const { page } = owner;
    const panel = dialog(page, MEI.name);
    await tab(panel, 'Details').click();
    await seeDisabled(button(panel, 'Change role'), /choose another role/i);
    await panel.getByLabel('New role').selectOption('Viewer');
    await button(panel, 'Change role').click();
    await see(dialog(page, 'Change role').getByText(`${MEI.name} changes from Member to Viewer.`, { exact: false }));
    await confirm(page, 'Change role', 'Change role');
    await see(panel.getByRole('definition').filter({ hasText: 'Viewer' }));
    await mei.page.reload();
    await seeDisabled(button(mei.page, 'Create access key'), /viewers can only look/i);
    await openMenu(mei.page, 'ticket export');
    await seeDisabled(item(mei.page, 'Deactivate'), /viewers can only look/i);
    const headers = { 'x-api-key': key.token };
    const changed = await fetch(`${app.url}/v1/access-keys`, { method: 'POST', headers });
    assert.equal(changed.status, 403, 'the key may no more than its owner');
  });

  test('a deactivated member is signed out, and their keys stop working', async () => {
    const { page } = owner;
    const panel = dialog(page, MEI.name);
    await button(panel, 'Deactivate').click();
    await see(dialog(page, 'Deactivate member').getByText(/signed out everywhere .* 1 access key stops working/));
    await confirm(page, 'Deactivate member', 'Deactivate');
    await see(button(panel, 'Activate'));
    assert.equal(await statusOf(app.url, key), 401);
    await mei.page.goto('/profile/access-keys');
    await see(mei.page.getByRole('heading', { name: 'Sign in' }));
    await button(panel, 'Activate').click();
    await confirm(page, 'Activate member', 'Activate');
    await see(button(panel, 'Deactivate'));
    assert.equal(await statusOf(app.url, key), 200);
    await button(panel, 'Close').click();
    await seeGone(panel);
  });

  test('a browser that changes hands shows nothing of the person before', async () => {
    const { page } = mei;
    await signIn(page, MEI.email, MEI.password);
    await see(row(page, 'Access keys', 'ticket export'));
    await button(page, MEI.name).click();
    await item(page, 'Sign out').click();
    await signIn(page, emailOf('Acme', 'member'), PASSWORD);
    await see(button(page, 'Acme member'));
    await page.getByRole('link', { name: 'Keywright' }).click();
    await see(page.getByText('No access keys yet'));
    assert.doesNotMatch(await textIn(page.getByRole('main')), /ticket export/);
  });

  test('the last owner stays an owner, and the buttons say so', async () => {
    const { page } = owner;
    await openMenu(page, 'Acme owner');
    await seeDisabled(item(page, 'Deactivate'), /last owner/);
    await seeDisabled(item(page, 'Remove'), /last owner/);
    await page.keyboard.press('Escape');
    await row(page, 'Members', 'Acme owner').getByRole('link').click();
    const panel = dialog(page, 'Acme owner');
    for (const name of ['Change role', 'Deactivate', 'Remove']) await seeDisabled(button(panel, name), /last owner/);
  });

  test('a member sees why the buttons of administrators can not be used', async () => {
    const { page } = await comeIn('member');
    const onlyAdmins = /only owners and administrators/i;
    await page.goto('/members');
    await seeDisabled(button(page, 'Invite'), onlyAdmins);
    await openMenu(page, 'Acme viewer');
    await seeDisabled(item(page, 'Remove'), onlyAdmins);
    await page.goto('/service-accounts');
    await seeDisabled(button(page, 'Create service account'), onlyAdmins);
    for (const path of ['/settings', '/settings/key-policy']) {
      await page.goto(path);
      await seeDisabled(button(page, 'Save'), onlyAdmins);
    }
    await page.goto('/audit-log');
    await seeDisabled(button(page, 'Check the chain'), onlyAdmins);
    assert.equal(await page.getByRole('navigation').getByRole('link', { name: 'Accounts', exact: true }).count(), 0);
    await page.goto('/projects');
    await seeDisabled(button(page, 'Create project').first(), onlyAdmins);
    await page.goto('/access-keys');
    await see(page.getByRole('heading', { name: 'API & Keys' }));
    assert.equal(await page.getByRole('combobox', { name: 'Owner' }).count(), 0, 'members see their own keys only');
  });

  test('a service account owns keys, and is deleted when it owns none', async () => {
    const { page } = owner;
    await page.goto('/service-accounts');
    await button(page, 'Create service account').click();
    await dialog(page, 'Create service account').getByLabel('Name').fill('Nightly import');
    await button(dialog(page, 'Create service account'), 'Create service account').click();
    const panel = dialog(page, 'Nightly import');
    await see(panel.getByText('No access keys yet'));
    const made = await createKey(page, 'station reader');
    assert.equal(await statusOf(app.url, made), 200);
    await button(panel, 'Close').click();
    await until(async () => (await cellText(page, 'Service accounts', 'Nightly import', 'Access keys')) === '1');
    await openMenu(page, 'Nightly import');
    await seeDisabled(item(page, 'Delete'), /still owns 1 access key/);
    await page.keyboard.press('Escape');
    await row(page, 'Service accounts', 'Nightly import').getByRole('link').click();
    await tab(panel, 'Access keys').click();
    await choose(page, 'station reader', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await choose(page, 'station reader', 'Delete');
    await confirm(page, 'Delete access key', 'Delete');
    await see(panel.getByText('No access keys yet'));
    await button(panel, 'Actions for Nightly import').click();
    await item(page, 'Delete').click();
    await confirm(page, 'Delete service account', 'Delete');
    await seeGone(panel);
    await seeGone(row(page, 'Service accounts', 'Nightly import'));
    assert.equal(await statusOf(app.url, made), 401);
  });

  test('the audit log shows what was done, by whom, and filters it', async () => {
    const { page } = owner;
    await page.goto('/audit-log');
    for (const action of ['inviteMember', 'acceptInvitation', 'changeMemberRole', 'deactivateMember']) {
      await page.getByRole('combobox', { name: 'Action' }).selectOption(await choiceOf(action));
      await see(row(page, 'Events', action).filter({ hasText: MEI.name }));
      await seeCount(rows(page, 'Events'), 1);
    }
    await page.getByRole('combobox', { name: 'Action' }).selectOption('Delete a service account');
    await see(row(page, 'Events', 'Nightly import').filter({ hasText: 'Acme owner' }));
    await page.getByRole('combobox', { name: 'Action' }).selectOption('All actions');
    const target = page.getByRole('combobox', { name: 'Target' });
    const everything = async () => {
      await target.click();
      await page.getByRole('option', { name: 'Everything' }).click();
    };
    await target.fill('ticket exp');
    await page.getByRole('option', { name: 'ticket export' }).click();
    await see(row(page, 'Events', 'createAccessKey').filter({ hasText: 'ticket export' }));
    await seeCount(rows(page, 'Events'), 1);
    await everything();
    // What is gone has no name to be found by.
    await page.goto(`/audit-log?target=${encodeURIComponent(key.key)}`);
    await seeCount(rows(page, 'Events'), 1);
    await everything();
    await target.fill(acme.serviceAccount);
    await page.getByRole('option', { name: acme.serviceAccount }).click();
    await see(page.getByText('No event fits'));
    await everything();
    await page.getByRole('combobox', { name: 'Actor' }).click();
    await page.getByRole('option', { name: new RegExp(MEI.name) }).click();
    await see(row(page, 'Events', 'acceptInvitation'));
    await seeCount(rows(page, 'Events').filter({ hasNotText: MEI.name }), 0);
    // Who is no member here, such as somebody who acts from another account, is found by what they did.
    const actor = page.getByRole('combobox', { name: 'Actor' });
    await page.goto('/audit-log');
    await row(page, 'Events', 'inviteMember').getByRole('button').click();
    await page.getByRole('link', { name: 'All events by this actor' }).click();
    await until(async () => (await actor.inputValue()) === 'Acme owner (you)', { what: 'the actor' });
    await page.goto('/audit-log?actor=mem_aaaaaaaaaaaaaaaaaaaa');
    await see(page.getByText('No event fits'));
    assert.equal(await actor.inputValue(), 'mem_aaaaaaaaaaaaaaaaaaaa');
    await button(page, 'Clear Actor').click();
    await see(row(page, 'Events', 'inviteMember'));
    assert.equal(await actor.inputValue(), '');
    await button(page, 'Check the chain').click();
    await see(dialog(page, 'Check the chain').getByText('The chain is intact'));
  });

  test('a link to the events of a key leaves the target to whoever types there', async () => {
    const { page } = owner;
    await page.goto(`/audit-log?target=${key.key}`);
    const target = page.getByRole('combobox', { name: 'Target' });
    await target.fill('');
    // Each letter waits until the server has been asked for those before.
    await target.pressSequentially('robot', { delay: 400 });
    assert.equal(await target.inputValue(), 'robot');
    await page.getByRole('option', { name: 'Acme robot' }).click();
    await see(page.getByText('No event fits'));
    assert.equal(await target.inputValue(), 'Acme robot');
  });

  test('the days of the audit log are typed', async () => {
    const { page } = owner;
    await page.goto('/audit-log');
    for (const [label, shows] of [
      ['From', row(page, 'Events', 'inviteMember')],
      ['Until', page.getByText('No event fits')],
    ] as const) {
      await page.getByLabel(label).focus();
      await page.keyboard.type('02022026', { delay: 100 });
      assert.equal(await page.getByLabel(label).inputValue(), '2026-02-02');
      await see(shows);
    }
    assert.match(page.url(), /from=2026-02-02&until=2026-02-02/);
  });

  test('the key policy bounds the keys of an owner', async () => {
    const { page } = owner;
    await page.goto('/settings/key-policy');
    await page.getByLabel('Keys per owner').fill('2');
    await button(page, 'Save').click();
    await see(page.getByRole('alert').filter({ hasText: 'The key policy was changed.' }));
    await page.goto('/profile/access-keys');
    await createKey(page, 'first');
    await createKey(page, 'second');
    await seeDisabled(button(page, 'Create access key'), /at most 2 access keys/);
    await page.goto('/settings/key-policy');
    await page.getByLabel('Keys per owner').fill('');
    await button(page, 'Save').click();
    await see(page.getByRole('alert').filter({ hasText: 'The key policy was changed.' }));
    await page.goto('/profile/access-keys');
    await createKey(page, 'third');
  });

  test('a long list of keys is searched, filtered, sorted and loaded piece by piece', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `sensor ${String(index + 1).padStart(2, '0')}`);
    for (const name of names) {
      app.clock.at += 1000;
      await makeKey(app.app, acme.callers.admin, { name });
    }
    const { page } = await comeIn('admin');
    await page.goto('/profile/access-keys');
    await see(row(page, 'Access keys', 'sensor 30'));
    await seeCount(rows(page, 'Access keys'), 25);
    await button(page, 'Load more').click();
    await see(row(page, 'Access keys', 'sensor 01'));
    await seeCount(rows(page, 'Access keys'), 30);
    await seeGone(button(page, 'Load more'));

    await page.getByLabel('Sort').selectOption('Oldest first');
    await see(rows(page, 'Access keys').first().getByText('sensor 01'));
    await page.getByLabel('Sort').selectOption('Name, Z to A');
    await see(rows(page, 'Access keys').first().getByText('sensor 30'));
    await page.getByLabel('Search').fill('SENSOR 17');
    await seeGone(row(page, 'Access keys', 'sensor 30'));
    await seeCount(rows(page, 'Access keys'), 1);
    await choose(page, 'sensor 17', 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(row(page, 'Access keys', 'sensor 17').getByText('Inactive', { exact: true }));
    await button(page, 'Clear').click();
    await see(page.getByLabel('Search').and(page.locator(':focus')));
    await see(row(page, 'Access keys', 'sensor 30'));
    await page.getByLabel('State').selectOption('Inactive');
    await seeGone(row(page, 'Access keys', 'sensor 30'));
    assert.equal(await cellText(page, 'Access keys', 'sensor 17', 'State'), 'Inactive');
    await seeCount(rows(page, 'Access keys'), 1);
    await page.getByLabel('Search').fill('nothing has this name');
    await see(page.getByText('No access key fits'));
  });

  test('the browsers had nothing to complain about', () => {
    assert.deepEqual([...owner.complaints, ...mei.complaints], []);
  });

  /** How the filter calls an action. */
  async function choiceOf(action: string): Promise<string> {
    return (
      (await owner.page.getByRole('combobox', { name: 'Action' }).locator(`option[value=${action}]`).textContent()) ??
      ''
    );
  }
});
