import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import type { Locator, Page } from 'playwright-core';
import { callOf, type TestAccount, type TestApp } from '../support/app.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import {
  button,
  createKey,
  dialog,
  item,
  openMenu,
  type Person,
  see,
  seeDisabled,
  seeGone,
  statusOf,
  tellPages,
} from './steps.ts';

/** Limits are set where their holders are edited, and seen where these are looked at. */
describe('limits in the console', () => {
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

  const rate = (place: Page | Locator, n = 1) => place.getByRole('group', { name: `Rate limit ${n}` });
  const quota = (place: Page | Locator, n = 1) => place.getByRole('group', { name: `Quota ${n}` });

  test('of a key: set in its form, shown as bars in its panel, changed and taken away', async () => {
    const { page } = owner;
    await page.goto('/profile/access-keys');
    await button(page, 'Create access key').click();
    const form = dialog(page, 'Create access key');
    await form.getByLabel('Name', { exact: true }).first().fill('mobile');
    await button(form, 'Restrictions').click();
    await button(form, 'Add rate limit').click();
    await rate(form).getByLabel('Uses').fill('1');
    await rate(form).getByLabel('In seconds').fill('3600');
    await rate(form).getByLabel('At once').fill('5');
    await button(form, 'Add quota').click();
    await quota(form).getByLabel('Uses').fill('300');
    await quota(form).getByLabel('Per').selectOption('week');
    await quota(form).getByLabel('Time zone').fill('Asia/Tokyo');
    await button(form, 'Create access key').click();
    await button(page, 'I have stored the secret').click();
    await seeGone(dialog(page, 'Access key created'));

    const as = callOf(acme.callers.owner);
    const [made] = (await run(app.app, 'listAccessKeys', { text: 'mobile' }, as)).items;
    assert.deepEqual(made?.rateLimits, [{ name: 'steady', max: 1, perSeconds: 3600, burst: 5 }]);
    assert.deepEqual(made?.quotas, [{ name: 'monthly', max: 300, per: 'week', timeZone: 'Asia/Tokyo' }]);

    await page.goto(`/access-keys?key=${made?.key}`);
    const panel = dialog(page, 'mobile');
    await see(panel.getByText('5 of 5 left'));
    await see(panel.getByText('300 a week'));
    await see(panel.getByText(/^Filled anew in/));
    await see(panel.getByRole('progressbar', { name: 'steady: 5 of 5 left' }));

    await openMenu(panel, 'mobile');
    await item(page, 'Edit').click();
    const edit = dialog(page, 'Edit access key');
    await button(edit, 'Remove quota 1').click();
    await rate(edit).getByLabel('At once').fill('7');
    await button(edit, 'Save').click();
    await see(panel.getByText('7 of 7 left'));
    await seeGone(panel.getByText('300 a week'));
  });

  test('of the account and of owners: what is used up is seen at once', async () => {
    const { page } = owner;
    await page.goto('/profile/access-keys');
    const key = await createKey(page, 'for the account');
    await page.goto('/settings');
    await button(page, 'Add rate limit').click();
    await rate(page).getByLabel('In seconds').fill('0');
    await button(page, 'Save limits').click();
    const wrong = rate(page).getByLabel('In seconds').and(page.locator('[aria-invalid="true"]:focus'));
    await see(wrong);
    await see(page.getByText('Must be at least 1'));
    await rate(page).getByLabel('Uses').fill('1');
    await rate(page).getByLabel('In seconds').fill('3600');
    await rate(page).getByLabel('At once').fill('10');
    await seeGone(wrong);
    await button(page, 'Save limits').click();
    await see(page.getByText('10 of 10 left'));
    assert.equal(await statusOf(app.url, key), 200);
    await page.reload();
    await see(page.getByText('9 of 10 left'));
    await button(page, 'Remove rate limit 1').click();
    await see(button(page, 'Add rate limit').and(page.locator(':focus')));
    await button(page, 'Save limits').click();
    await see(page.getByText('None: it may be used'));

    for (const at of [`/members/${acme.callers.member.owner.id}`, `/service-accounts/${acme.serviceAccount}`]) {
      await page.goto(at);
      await button(page, 'Add quota').click();
      await quota(page).getByLabel('Uses').fill('77');
      await button(page, 'Save limits').click();
      await see(page.getByText('77 of 77 left'));
    }
  });

  test('a member sees them and is told why they can not change them', async () => {
    const member = await comeIn('member');
    await member.page.goto('/settings');
    await seeDisabled(button(member.page, 'Save limits'), /Only owners and administrators/);
    assert.ok(await button(member.page, 'Add quota').isDisabled());
    await member.page.goto(`/members/${acme.callers.member.owner.id}`);
    await see(member.page.getByText('77 of 77 left'));
  });
});
