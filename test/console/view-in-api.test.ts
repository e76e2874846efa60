import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Operation, operations } from '@keywright/contract';
import type { Locator, Page } from 'playwright-core';
import { emailOf, startTestApp } from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';
import { fill } from './fill.ts';
import { PLACES, type Place, type World } from './places.ts';
import {
  enter,
  item,
  newPerson,
  openMenu,
  type Person,
  see,
  seeCount,
  seeGone,
  seeOnClipboard,
  tellPages,
} from './steps.ts';

/** The pages and panels that need not lead to the API, each with the reason. */
const LEFT_OUT: Record<string, string> = {
  '/access-keys?key=KWAAAAAAAAAAAAAAAAAA': 'there is no such key',
  '/api-and-keys/prj_aaaaaaaaaaaaaaaaaaaa': 'there is no such project',
  '/members?account=acc_aaaaaaaaaaaaaaaaaaaa': 'there is no such account',
  '/in-api?account=managed&path=%2Fv1%2Faccount': 'it is what View in API opens',
};

/** What can be read, but stands nowhere in the console as a thing of its own, each with the reason. */
const NO_OBJECT: Record<string, string> = {
  checkEvents: 'something that is done: its button tells what came out',
  getSetup: 'there before anybody can sign in, and gone then',
  getSigningKey: 'for verifiers',
  readChanges: 'for verifiers',
  readKeyIds: 'for verifiers',
  readSnapshot: 'for verifiers',
  whoami: 'whoever calls: here the person, who has a profile',
};

/** All places of the console that begin at the same address are on the same page or panel. */
const NAMES: World = new Proxy({} as World, { get: (_, name) => name }); // every id is its own name
const addressOf = ({ at }: Place, world: World) => (typeof at === 'string' ? at : at(world));
const PAGES = new Map(PLACES.map(place => [addressOf(place, NAMES), place] as const));

/** Every page and panel of the console leads to what the API says of it. */
describe('View in API and Copy as curl', () => {
  const opened = new AsyncDisposableStack();
  let world: World;
  let owner: Person;
  const links = new Set<string>();

  before(async () => {
    const browser = opened.use(await startChromium());
    const app = opened.use(await startTestApp());
    world = await fill(app, opened.use(await startTestApp()));
    owner = opened.use(await newPerson(browser, app.url, { reducedMotion: 'reduce' }));
    await enter(owner, emailOf('Acme', 'owner'));
  });
  afterEach(context => tellPages(context, owner));
  after(() => opened.disposeAsync());

  for (const [name, place] of PAGES) {
    if (name in LEFT_OUT) continue;
    test(name, async () => {
      await owner.page.goto(addressOf(place, world));
      const found = await linksOn(owner.page);
      assert.notEqual(found.length, 0, 'there is no menu');
      for (const link of found) links.add(link);
    });
  }

  test('what is left out is there', () => {
    for (const name of Object.keys(LEFT_OUT)) assert.ok(PAGES.has(name), name);
  });

  test('every link leads to an answer', async () => {
    for (const link of links) {
      const { path, account } = requestOf(link);
      const headers: Record<string, string> = account === null ? {} : { 'keywright-account': account };
      const answer = await owner.context.request.get(path, { headers });
      assert.equal(answer.status(), 200, `${path}: ${await answer.text()}`);
    }
  });

  test('together they show everything that can be read', () => {
    const paths = [...links].map(link => requestOf(link).path);
    const isShown = (entry: Operation) => paths.some(path => patternOf(entry).test(path));
    const missing = operations.filter(entry => entry.method === 'GET' && !isShown(entry)).map(({ name }) => name);
    assert.deepEqual(missing.toSorted(), Object.keys(NO_OBJECT));
  });

  test('in a managed account, it shows what the API answers there', async () => {
    const { page, context } = owner;
    await page.goto(`/settings?account=${world.managed}`);
    await openMenu(page, 'the account');
    const [view] = await Promise.all([context.waitForEvent('page'), item(page, 'View in API').click()]);
    await see(view.getByText('You act in the account Customer'));
    await see(view.getByText('Status 200'));
    await see(view.getByText(`"id": "${world.managed}"`));
    const curl = `-H 'Keywright-Account: ${world.managed}' '${owner.url}/v1/account'`;
    await see(view.getByLabel('In a terminal', { exact: true }).filter({ hasText: curl }));
    await view.goto(`/in-api?${new URLSearchParams({ account: world.managed, path: `/v1/access-keys/${world.key}` })}`);
    await see(view.getByText('Status 404'));
    await see(view.getByText('"code": "not_found"'));
    await view.close();
  });

  test('the own account stays the own one, wherever one acts', async () => {
    const { page } = owner;
    await page.goto(`/accounts?account=${world.managed}`);
    await openMenu(page, 'Acme');
    assert.equal(await item(page, 'View in API').getAttribute('href'), '/v1/account');
    await item(page, 'Copy as curl').click();
    await seeOnClipboard(page, `curl -u "$KEYWRIGHT_KEY:$KEYWRIGHT_SECRET" '${owner.url}/v1/account'`);
  });

  for (const path of ['https://keywright.example/v1', '//keywright.example/v1', '/api/auth/get-session', '/v1x', '']) {
    test(`no answer is fetched from ${JSON.stringify(path)}`, async () => {
      await owner.page.goto(`/in-api?${new URLSearchParams({ path })}`);
      await see(owner.page.getByRole('heading', { name: 'Not found' }));
    });
  }

  test('the browser had nothing to complain about', () => assert.deepEqual(owner.complaints, []));
});

/** Where *View in API* leads on the page, or on the panel over it, from the menus there and from those of the first and last rows. */
async function linksOn(page: Page): Promise<string[]> {
  await see(page.getByRole('heading').first());
  await seeCount(page.getByText('Loading…'), 0);
  const panel = page.getByRole('dialog');
  const frame = (await panel.count()) > 0 ? panel : page.getByRole('main');
  const details = frame.getByRole('button', { name: /^Details of/ }).first();
  if ((await details.count()) > 0) await details.click();
  const links: string[] = [];
  for (const menu of await menusIn(frame)) {
    await menu.click();
    await see(item(page, 'Copy as curl'));
    links.push((await item(page, 'View in API').getAttribute('href')) ?? '');
    await page.keyboard.press('Escape');
    await seeGone(page.getByRole('menu'));
  }
  return links;
}

/** Rows between the first and the last are of the same kind. */
async function menusIn(frame: Locator): Promise<Locator[]> {
  const all = await frame.getByRole('button', { name: /^Actions for / }).all();
  const inRows = await frame
    .getByRole('row')
    .getByRole('button', { name: /^Actions for / })
    .count();
  const outside = all.slice(0, all.length - inRows);
  if ((await frame.getAttribute('role')) === 'dialog') assert.notEqual(outside.length, 0, 'the panel has no menu');
  return [...outside, ...new Set([all[outside.length], all.at(-1)])].filter(menu => menu !== undefined);
}

/** The request whose answer the link shows. */
function requestOf(link: string): { path: string; account: string | null } {
  const { pathname, searchParams } = new URL(link, 'http://console');
  if (pathname !== '/in-api') return { path: link, account: null };
  return { path: searchParams.get('path') ?? '', account: searchParams.get('account') };
}

/** Finds the paths of an operation, at the endpoint of a project too. */
function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^/v1(/projects/[^/]+)?${path.replaceAll(/\{\w+\}/g, '[^/?]+')}([?]|$)`);
}
