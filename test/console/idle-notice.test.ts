import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { DAY_MS } from '@keywright/core';
import { runDaily } from '@keywright/server';
import { acting } from '../operations/acting.ts';
import { makeKey, renewSessions, type TestAccount, type TestApp } from '../support/app.ts';
import { openConsole } from './open-console.ts';
import {
  confirm,
  dialog,
  item,
  type NewKey,
  openMenu,
  type Person,
  row,
  see,
  seeCount,
  seeGone,
  statusOf,
  tellPages,
} from './steps.ts';

const KEYS = 'Access keys';
const NAME = 'nightly export';
const IDLE_DAYS = 30;
const NOTICE_DAYS = 7;

/** A key that nobody uses, as its owner sees it from day to day. Each test goes on where the one before has ended. */
describe('a key that the policy deactivates as unused', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let member: Person;
  let key: NewKey;

  before(async () => {
    const console = opened.use(await openConsole());
    ({ app, acme } = console);
    // All ends today: people sign in by the clock of the machine.
    app.clock.at -= IDLE_DAYS * DAY_MS;
    await renewSessions(app.app, acme);
    const policy = { idleDaysMax: IDLE_DAYS, noticeDays: NOTICE_DAYS };
    await acting(app.app, acme.callers.owner)('updateKeyPolicy', policy);
    key = await makeKey(app.app, acme.callers.member, { name: NAME });
    member = await console.comeIn('member');
  });
  afterEach(context => tellPages(context, member));
  after(() => opened.disposeAsync());

  /** Lets days go by for the server, whose job runs each day, and for the browser; then the page is loaded anew. */
  async function live(days: number): Promise<void> {
    for (let day = 0; day < days; day++) {
      app.clock.at += DAY_MS;
      await runDaily(app.app, app.clock.at);
    }
    await member.page.clock.setFixedTime(app.clock.at);
    await member.page.goto('/profile/access-keys');
    await see(row(member.page, KEYS, NAME));
  }

  const openPanel = () => row(member.page, KEYS, NAME).getByRole('link').click();

  test('until the notice, nothing is said', async () => {
    await live(IDLE_DAYS - NOTICE_DAYS - 1);
    await see(row(member.page, KEYS, NAME).getByText('Active'));
    assert.equal(await row(member.page, KEYS, NAME).getByText('Unused').count(), 0);
  });

  test('its owner is told in the list and in the panel, a week before', async () => {
    await live(1);
    await see(row(member.page, KEYS, NAME).getByText('Unused'));
    await openPanel();
    await see(dialog(member.page, NAME).getByText(/^Nobody uses it: it is deactivated in 7 days/));
  });

  test('on the due day it is inactive, and its panel says why', async () => {
    await live(NOTICE_DAYS);
    await see(row(member.page, KEYS, NAME).getByText('Inactive'));
    assert.equal(await statusOf(app.url, key), 401);
    await openPanel();
    const panel = dialog(member.page, NAME);
    await see(panel.getByText('Deactivated as unused'));
    await see(panel.getByText(/^Nobody had used it since .*: it was deactivated just now .* as the key policy says/));
  });

  test('once it is active again, nothing is said any more', async () => {
    const { page } = member;
    await openMenu(dialog(page, NAME), NAME);
    await item(page, 'Activate').click();
    await confirm(page, 'Activate access key', 'Activate');
    await seeGone(dialog(page, NAME).getByText('Deactivated as unused'));
    assert.equal(await statusOf(app.url, key), 200);
  });

  test('who deactivates it by hand is told nothing about the policy', async () => {
    const { page } = member;
    await openMenu(dialog(page, NAME), NAME);
    await item(page, 'Deactivate').click();
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(dialog(page, NAME).getByText('Inactive', { exact: true }));
    await page.reload();
    await see(dialog(page, NAME).getByText('All events of this key'));
    await seeCount(dialog(page, NAME).getByText('Deactivated as unused'), 0);
  });

  test('the browser had nothing to complain about', () => assert.deepEqual(member.complaints, []));
});
