import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { makeKey } from '../support/app.ts';
import { type Keyboard, keyboardOf } from './keyboard-steps.ts';
import { openConsole } from './open-console.ts';
import {
  button,
  dialog,
  item,
  type Person,
  readNewKey,
  row,
  see,
  seeEnabled,
  seeGone,
  seeOnClipboard,
  statusOf,
  tab,
  tellPages,
} from './steps.ts';

/** Somebody who has no mouse. */
describe('keyboard', () => {
  const opened = new AsyncDisposableStack();
  let person: Person;
  let page: Page;
  let press: Keyboard['press'];
  let tabTo: Keyboard['tabTo'];
  let downTo: Keyboard['downTo'];
  let seeFocus: Keyboard['seeFocus'];

  before(async () => {
    const { app, acme, comeIn } = opened.use(await openConsole());
    await makeKey(app.app, acme.callers.owner, { name: 'first' });
    person = await comeIn('owner');
    page = person.page;
    ({ press, tabTo, downTo, seeFocus } = keyboardOf(page));
  });
  afterEach(context => tellPages(context, person));
  after(() => opened.disposeAsync());

  test('the first Tab leads past the navigation', async () => {
    await page.goto('/profile');
    await see(page.getByRole('heading', { name: 'Profile' }));
    await press('Tab');
    await seeFocus(page.getByRole('link', { name: 'Skip to the content' }));
    await press('Enter', 'Tab');
    await seeFocus(tab(page, 'Overview'));
  });

  test('tabs are changed with the arrows', async () => {
    await press('ArrowRight');
    await seeFocus(tab(page, 'Access keys'));
    await see(row(page, 'Access keys', 'first'));
  });

  test('the focus stays on the tab whose page is still on its way', async () => {
    await page.goto('/profile/access-keys');
    await see(row(page, 'Access keys', 'first'));
    await tab(page, 'Access keys').focus();
    await press('ArrowLeft');
    await see(page.getByRole('heading', { name: 'Change password' }));
    await seeFocus(tab(page, 'Overview'));
    await press('ArrowRight');
    await see(row(page, 'Access keys', 'first'));
  });

  test('a key is created, copied and put away', async () => {
    const create = button(page, 'Create access key');
    await tabTo(create);
    await seeEnabled(create);
    await press('Enter');
    const form = dialog(page, 'Create access key');
    await seeFocus(form.getByLabel('Name', { exact: true }));
    await page.keyboard.type('by keyboard');
    await tabTo(form.getByRole('radio', { name: 'Read/Write' }));
    await press('ArrowDown', 'ArrowDown');
    await seeFocus(form.getByRole('radio', { name: 'Read only' }));
    await tabTo(button(form, 'Create access key'));
    await press('Enter');
    const shown = dialog(page, 'Access key created');
    await see(shown);
    const created = await readNewKey(page);
    await tabTo(button(shown, 'Copy Secret'));
    await press('Enter');
    await seeOnClipboard(page, created.secret);
    await tabTo(button(shown, 'I have stored the secret'));
    await press('Enter');
    await seeGone(shown);
    await seeFocus(create);
    assert.equal(await statusOf(person.url, created), 200);
  });

  test('a key is deactivated by the menu of its row', async () => {
    const menu = button(page, 'Actions for by keyboard');
    await tabTo(menu);
    await press('Enter');
    await downTo(item(page, 'Deactivate'));
    await press('Enter');
    const question = dialog(page, 'Deactivate access key');
    await seeFocus(button(question, 'Cancel'));
    await press('Tab', 'Enter');
    await seeGone(question);
    await see(row(page, 'Access keys', 'by keyboard').getByText('Inactive'));
    await seeFocus(menu);
  });

  test('the focus is not lost with the row of a deleted key', async () => {
    await press('Enter');
    await downTo(item(page, 'Delete'));
    await press('Enter');
    await seeFocus(button(dialog(page, 'Delete access key'), 'Cancel'));
    await press('Tab', 'Enter');
    await seeGone(row(page, 'Access keys', 'by keyboard'));
    await seeFocus(page.getByRole('main'));
  });

  test('the focus stays within a dialog and goes back to where it came from', async () => {
    const create = button(page, 'Create access key');
    await seeEnabled(create);
    await create.focus();
    await press('Enter');
    const form = dialog(page, 'Create access key');
    await seeFocus(form.getByLabel('Name', { exact: true }));
    for (let step = 0; step < 25; step++) {
      await press('Tab');
      assert.equal(await focusWithin(form), true, `Tab ${step + 1} left the dialog`);
    }
    await press('Escape');
    await seeGone(form);
    await seeFocus(create);
  });

  const ROUNDS: { from: string; at: string; opener: () => Locator; steps?: string; shown: string }[] = [
    {
      from: 'the menu of a key',
      at: '/profile/access-keys',
      opener: () => button(page, 'Actions for first'),
      steps: 'Edit',
      shown: 'Edit access key',
    },
    {
      from: 'the row of a key',
      at: '/access-keys',
      opener: () => page.getByRole('link', { name: 'first' }),
      shown: 'first',
    },
    {
      from: 'the row of a member',
      at: '/members',
      opener: () => page.getByRole('link', { name: 'Acme viewer' }),
      shown: 'Acme viewer',
    },
    {
      from: 'the menu of a member',
      at: '/members',
      opener: () => button(page, 'Actions for Acme viewer'),
      steps: 'Remove',
      shown: 'Remove member',
    },
    { from: 'Invite', at: '/members', opener: () => button(page, 'Invite'), shown: 'Invite a person' },
    {
      from: 'Check the chain',
      at: '/audit-log',
      opener: () => button(page, 'Check the chain'),
      shown: 'Check the chain',
    },
  ];
  for (const { from, at, opener, steps, shown } of ROUNDS) {
    test(`Escape goes back to ${from}`, async () => {
      await page.goto(at);
      await see(opener());
      await opener().focus();
      await press('Enter');
      if (steps !== undefined) {
        await downTo(item(page, steps));
        await press('Enter');
      }
      await see(dialog(page, shown));
      await press('Escape');
      await seeGone(dialog(page, shown));
      await seeFocus(opener());
    });
  }

  test('Escape closes what lies on top, and only that', async () => {
    await page.goto('/service-accounts');
    await page.getByRole('link', { name: 'Acme robot' }).focus();
    await press('Enter');
    const panel = dialog(page, 'Acme robot');
    await tabTo(tab(panel, 'Details'));
    await press('ArrowRight');
    await tabTo(button(panel, 'Create access key'));
    await seeEnabled(button(panel, 'Create access key'));
    await press('Enter');
    await see(dialog(page, 'Create access key'));
    await press('Escape');
    await seeGone(dialog(page, 'Create access key'));
    await seeFocus(button(panel, 'Create access key'));
    const menu = button(panel, 'Actions for Acme robot').first();
    await menu.click();
    await see(page.getByRole('menu'));
    await menu.focus(); // as it is for a moment while the menu opens
    await press('Escape');
    await seeGone(page.getByRole('menu'));
    await see(panel);
    await press('Escape');
    await seeGone(panel);
    await seeFocus(page.getByRole('link', { name: 'Acme robot' }));
    assert.deepEqual(person.complaints, []);
  });
});

const focusWithin = (target: Locator) => target.evaluate(element => element.contains(document.activeElement));
