import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { emailOf, startTestApp, type TestApp } from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';
import { fill } from './fill.ts';
import { PHONE, problemsOf, problemsOnPhone } from './inspect.ts';
import { ENTRANCES, MEMBER_PLACES, PLACES, type Place, type World } from './places.ts';
import { button, enter, newPerson, type Person, see, seeGone } from './steps.ts';

/** Nobody is shut out: axe in light and dark, and phone width, wherever the console can be. */
describe('accessibility', () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let world: World;
  let visitor: Person;
  let owner: Person;
  let member: Person;

  before(async () => {
    browser = opened.use(await startChromium());
    const app = opened.use(await startTestApp());
    const empty = opened.use(await startTestApp());
    world = await fill(app, empty);
    [visitor, owner, member] = await Promise.all([comeIn(app), comeIn(app, 'owner'), comeIn(app, 'member')]);
  });
  after(() => opened.disposeAsync());

  for (const place of ENTRANCES) test(place.name, () => inspect(visitor, place));
  for (const place of PLACES) test(place.name, () => inspect(owner, place));
  for (const place of MEMBER_PLACES) test(place.name, () => inspect(member, place));

  test('navigation on a phone', async () => {
    const { page } = member;
    await page.setViewportSize(PHONE);
    await page.goto('/members');
    await button(page, 'Navigation').click();
    const link = page.getByRole('link', { name: 'Audit log' });
    await see(link);
    assert.deepEqual(await problemsOnPhone(page), []);
    await link.click();
    await see(page.getByRole('heading', { name: 'Audit log' }));
    await seeGone(link);
  });

  test('the header of a phone cuts no name: it shows initials, and the menu the name', async () => {
    const { page } = owner;
    for (const width of [PHONE.width, 320]) {
      await page.setViewportSize({ ...PHONE, width });
      await page.goto('/members');
      await see(button(page, 'Switch account: Acme'));
      const cut = await page.locator('header *').evaluateAll(parts =>
        parts
          .filter(part => part.scrollWidth > part.clientWidth && part.clientWidth > 1)
          .filter(part => getComputedStyle(part).overflowX !== 'visible')
          .map(part => part.outerHTML),
      );
      assert.deepEqual(cut, []);
      await button(page, 'Acme owner').click();
      await see(page.getByRole('menu').getByText('Acme owner'));
    }
  });

  test('nothing broke the Content-Security-Policy', async () => {
    assert.deepEqual(
      [visitor, owner, member].flatMap(person => person.complaints),
      [],
    );
  });

  test('the first page is there for who asks without saying how; other addresses are none', async () => {
    const typeOf = async (path: string) => {
      const { status, headers } = await fetch(owner.url + path, { headers: { accept: '*/*' } });
      return [status, headers.get('content-type')];
    };
    assert.deepEqual(await typeOf('/'), [200, 'text/html; charset=utf-8']);
    assert.deepEqual(await typeOf('/nowhere'), [404, 'application/problem+json']);
  });

  for (const path of ['/', '/docs']) {
    test(`${path} holds no script of its own, and its policy allows none`, async () => {
      const answer = await fetch(owner.url + path, { headers: { accept: 'text/html' } });
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /script-src [^;]*unsafe/);
      const html = await answer.text();
      for (const [script] of html.matchAll(/<script[^>]*>/g)) assert.match(script, / src="\/assets\//);
      assert.doesNotMatch(html, /\son\w+=|javascript:/);
    });
  }

  async function comeIn({ url }: TestApp, role?: 'owner' | 'member'): Promise<Person> {
    const person = opened.use(await newPerson(browser, url, { reducedMotion: 'reduce' }));
    if (role !== undefined) await enter(person, emailOf('Acme', role));
    return person;
  }

  async function inspect({ page }: Person, { at, open }: Place): Promise<void> {
    // From a page of another kind, so that nothing stays open from the place before.
    await page.goto('about:blank');
    await page.goto(typeof at === 'string' ? at : at(world));
    await open(page);
    const problems = await problemsOf(page);
    assert.equal(problems.length, 0, `${page.url()}\n${problems.join('\n')}`);
  }
});
