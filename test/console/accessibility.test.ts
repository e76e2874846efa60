import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import type { Browser } from 'playwright-core';
import { connectVerifier } from '../operations/world.ts';
import { callOf, emailOf, makeAccount, makeKey, startTestApp, type TestApp } from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';
import { PHONE, problemsOf, problemsOnPhone } from './inspect.ts';
import { ENTRANCES, MEMBER_PLACES, PLACES, type Place, type World } from './places.ts';
import { button, enter, newPerson, type Person, see, seeGone, statusOf } from './steps.ts';

const DAY_MS = 86_400_000;

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

  test('nothing broke the Content-Security-Policy', async () => {
    assert.deepEqual(
      [visitor, owner, member].flatMap(person => person.complaints),
      [],
    );
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

/** An account with something in every list, and a key in every state. */
async function fill({ app, clock, url }: TestApp, empty: TestApp): Promise<World> {
  const acme = await makeAccount(app, 'Acme');
  const { owner, member } = acme.callers;
  const as = callOf(owner);
  const soon = new Date(clock.at + 1000).toISOString();
  const active = await makeKey(app, owner, { name: 'an active key', tags: ['production'], networks: ['127.0.0.0/8'] });
  await makeKey(app, owner, { name: 'an expired key', expiresAt: soon });
  await makeKey(app, owner, { name: 'a key for later', notBefore: new Date(clock.at + DAY_MS).toISOString() });
  await makeKey(app, owner, { permission: 'read_only' });
  const inactive = await makeKey(app, owner, { name: 'an inactive key' });
  await run(app, 'deactivateAccessKey', { key: inactive.key }, as);
  await makeKey(app, owner, { name: 'a key of a robot', owner: acme.serviceAccount });
  await makeKey(app, owner, { name: 'a key for a receipt' });
  const edge = await connectVerifier(app, acme.id, null, { name: 'edge 1', staleMaxMs: DAY_MS });
  app.followers.acknowledge({ account: acme.id, by: owner.owner.id }, edge, {
    lagMs: 3,
    entries: 1200,
    hitRate: 0.998,
  });
  await connectVerifier(app, acme.id, null, { name: 'stubborn gateway', staleMaxMs: 2000, onStale: 'serve' });
  const project = await run(app, 'createProject', { name: 'Shop', description: 'What customers see.' }, as);
  await makeKey(app, owner, { name: 'a key of the project', project: project.id });
  const managed = await run(app, 'createManagedAccount', { name: 'Customer' }, as);
  const rows = [{ owner: owner.owner.id, secret: 'from-another-system-1234', name: 'a legacy key' }];
  await run(app, 'importAccessKeys', { rows }, as);
  const [legacy] = (await run(app, 'listAccessKeys', { text: 'a legacy key' }, as)).items;
  const api = await run(app, 'createApi', { name: 'Orders', description: 'The orders of the shop.' }, as);
  for (const method of ['GET', 'POST'] as const) {
    await run(app, 'createEndpoint', { api: api.id, method, path: '/orders', summary: 'Orders', tag: 'orders' }, as);
  }
  await makeKey(app, owner, {
    name: 'a restricted key',
    permission: 'restricted',
    grants: { [api.id]: ['GET /orders'] },
  });
  clock.at += 2000;
  assert.equal(await statusOf(url, active), 200);
  await app.uses.flush();
  const invited = await run(app, 'inviteMember', { name: 'Lin', email: 'lin@acme.example', role: 'viewer' }, as);
  const token = empty.app.setupToken.issue(randomBytes).reveal();
  return {
    owner: owner.owner.id,
    member: member.owner.id,
    serviceAccount: acme.serviceAccount,
    project: project.id,
    managed: managed.id,
    key: active.key,
    legacyKey: legacy?.key ?? '',
    api: api.id,
    invitation: invited.invitation,
    setup: `${empty.url}/setup#token=${token}`,
    emptyServer: empty.url,
  };
}
