import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { problemsOf } from './inspect.ts';
import { openConsole } from './open-console.ts';
import { cellText, item, openMenu, type Person, row, rows, see, seeCount, seeGone, tellPages } from './steps.ts';

const TABLE = 'Nodes';
const TEACHES = 'More than one node';

/** The processes of the server, as everybody in the console sees them. Each test goes on where the one before has ended. */
describe('nodes in the console', () => {
  const opened = new AsyncDisposableStack();
  let redis: RedisServer;
  let app: TestApp;
  let owner: Person;
  let member: Person;

  before(async () => {
    redis = opened.use(await startRedis());
    const console = opened.use(await openConsole({}, 'postgres', { redis: redis.url }));
    app = console.app;
    owner = await console.comeIn('owner');
    member = await console.comeIn('member');
  });
  afterEach(context => tellPages(context, owner, member));
  after(() => opened.disposeAsync());

  test('Settings → Nodes shows the one that there is, and teaches how there are more', async () => {
    const { page } = owner;
    await page.goto('/settings');
    await page.getByRole('tab', { name: 'Nodes' }).click();
    await seeCount(rows(page, TABLE), 1);
    const cell = (header: string) => cellText(page, TABLE, 'answers you', header);
    assert.match(await cell('Name'), /:\d+.*Version \d/);
    assert.equal(await cell('State'), 'Connected');
    assert.equal(await cell('Started'), 'just now');
    assert.equal(await cell('Behind by'), 'Nothing');
    await until(async () => /^\d+ (ms|s) ago$/.test(await cell('Read changes')));
    assert.match(await cell('Remembers'), /^\d+ keys?$/);
    await see(page.getByRole('heading', { name: TEACHES }));
    await see(page.getByText('DATABASE_URL'));
    assert.equal(await page.getByText('SQLite').count(), 0);
    await see(page.getByText('PostgreSQL', { exact: true }));
    await see(page.getByText('Redis', { exact: true }));
    await seeCount(page.getByText('Answers', { exact: true }), 2);
    assert.deepEqual(await problemsOf(page), []);
  });

  test('a Redis that is away is told, with what that means, and so is its return', async () => {
    const { page } = owner;
    const means = page.getByText('Each node enforces its share of the rate limits until it is back.');
    await redis.kill();
    await see(means);
    assert.deepEqual(await problemsOf(page), []);
    await redis.restart();
    await seeGone(means);
  });

  test('another one on the same database appears by itself, and goes when it stops', async () => {
    const { page } = owner;
    const { database } = app.app.config;
    await using started = new AsyncDisposableStack();
    const other = started.use(await startTestApp('sqlite', { database }));
    await seeCount(rows(page, TABLE), 2);
    const id = other.app.followers.node;
    await see(row(page, TABLE, 'answers you'));
    await until(async () => (await rows(page, TABLE).allInnerTexts()).every(text => text.includes('Connected')));
    await seeGone(page.getByRole('heading', { name: TEACHES }));
    assert.deepEqual(await problemsOf(page), []);
    const { items } = await (
      await fetch(`${app.url}/v1/verifiers`, { headers: { cookie: await cookieOf(owner) } })
    ).json();
    assert.ok(items.some((one: { id: string }) => one.id === id));
    await started.disposeAsync();
    await seeCount(rows(page, TABLE), 1);
    await see(page.getByRole('heading', { name: TEACHES }));
  });

  test('View in API leads to the same answer', async () => {
    const { page } = owner;
    await openMenu(page, 'the nodes');
    await see(item(page, 'View in API'));
    await page.keyboard.press('Escape');
  });

  test('members see them, too, by their ids: names are those of machines', async () => {
    await member.page.goto('/settings/nodes');
    assert.match(await cellText(member.page, TABLE, 'answers you', 'Name'), /^nod_/);
    assert.deepEqual([...owner.complaints, ...member.complaints], []);
  });
});

async function cookieOf({ page }: Person): Promise<string> {
  return (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
}
