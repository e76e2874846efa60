import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import lighthouse, { type Config, desktopConfig, type Result } from 'lighthouse';
import type { Browser } from 'playwright-core';
import { callOf, emailOf, makeAccount, makeKey, startTestApp, type TestApp } from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';
import { freePort } from '../support/ports.ts';
import { enter, newPerson } from './steps.ts';

const CATEGORIES = ['accessibility', 'best-practices'];

/** Lighthouse still waits until network and processor are quiet; what is left out is pauses beside that, and a picture for its report. */
const FLAGS = {
  onlyCategories: CATEGORIES,
  disableStorageReset: true,
  disableFullPageScreenshot: true,
  pauseAfterFcpMs: 0,
  pauseAfterLoadMs: 0,
};

const DESKTOP: Config = desktopConfig;
const PHONE: Config = { extends: 'lighthouse:default', settings: { formFactor: 'mobile' } };

interface MainPage {
  name: string;
  path: string | ((api: string) => string);
  /** An audit that applies only once the page shows what it is for, so that no empty page passes. */
  proof: string;
  formFactors?: readonly Config[];
}

const PUBLIC_PAGES: readonly MainPage[] = [
  { name: 'sign-in', path: '/sign-in', proof: 'autocomplete-valid' },
  { name: 'reference of the API', path: '/docs', proof: 'td-headers-attr' },
];

const PAGES: readonly MainPage[] = [
  { name: 'access keys', path: '/profile/access-keys', proof: 'td-headers-attr' },
  { name: 'API & Keys', path: '/api-and-keys', proof: 'td-headers-attr', formFactors: [DESKTOP, PHONE] },
  { name: 'APIs', path: '/apis', proof: 'td-headers-attr' },
  { name: 'panel of an API', path: api => `/apis/${api}`, proof: 'aria-dialog-name', formFactors: [DESKTOP, PHONE] },
  { name: 'members', path: '/members', proof: 'td-headers-attr' },
  { name: 'projects', path: '/projects', proof: 'td-headers-attr' },
  { name: 'service accounts', path: '/service-accounts', proof: 'td-headers-attr' },
  { name: 'accounts', path: '/accounts', proof: 'td-headers-attr' },
  { name: 'audit log', path: '/audit-log', proof: 'td-headers-attr' },
  { name: 'key policy', path: '/settings/key-policy', proof: 'select-name' },
  { name: 'profile', path: '/profile', proof: 'autocomplete-valid' },
];

/** The main pages have 100 of 100 for accessibility and best practices. */
describe('Lighthouse', () => {
  const opened = new AsyncDisposableStack();
  let port: number;
  let browser: Browser;
  let server: TestApp;
  let api: string;

  before(async () => {
    port = await freePort();
    browser = opened.use(await startChromium(port));
    server = opened.use(await startTestApp());
    api = await fill(server);
  });
  after(() => opened.disposeAsync());

  for (const page of PUBLIC_PAGES) inspect(page);
  describe('signed in as an owner', () => {
    before(() => signInEverywhere(browser, server.url));
    for (const page of PAGES) inspect(page);
  });

  function inspect({ name, path, proof, formFactors = [DESKTOP] }: MainPage): void {
    for (const config of formFactors) {
      test(`${name}, ${config.settings?.formFactor}`, async () => {
        const url = server.url + (typeof path === 'string' ? path : path(api));
        const ran = await lighthouse(url, { ...FLAGS, port }, config);
        assert.ok(ran, 'Lighthouse gave no result');
        const { lhr } = ran;
        assert.equal(lhr.runtimeError, undefined);
        assert.equal(lhr.finalDisplayedUrl, url);
        assert.notEqual(lhr.audits[proof]?.scoreDisplayMode, 'notApplicable', `the page is not there: ${proof}`);
        const scores = CATEGORIES.map(category => [category, lhr.categories[category]?.score]);
        assert.deepEqual(
          scores,
          CATEGORIES.map(category => [category, 1]),
          failures(lhr),
        );
      });
    }
  }
});

/** Puts the session where Lighthouse opens its pages: in the browser itself, outside of Playwright's contexts. */
async function signInEverywhere(browser: Browser, url: string): Promise<void> {
  await using person = await newPerson(browser, url);
  await enter(person, emailOf('Acme', 'owner'));
  const devTools = await browser.newBrowserCDPSession();
  // With its expiry: Chromium forgets a cookie without one when the last page closes, as Lighthouse's does after each run.
  const cookies = (await person.context.cookies()).map(({ name, value, expires }) => ({ name, value, expires, url }));
  await devTools.send('Storage.setCookies', { cookies });
  await devTools.detach();
}

/** The audits that count and failed, each with what it found. */
function failures({ categories, audits }: Result): string {
  const counted = Object.values(categories).flatMap(category => category.auditRefs.filter(({ weight }) => weight > 0));
  const failed = counted.map(({ id }) => audits[id]).filter(audit => audit?.score !== null && audit?.score !== 1);
  const texts = failed.map(audit => {
    const items = audit?.details !== undefined && 'items' in audit.details ? audit.details.items : audit?.errorMessage;
    return `${audit?.id}: ${audit?.title}\n${JSON.stringify(items, null, 2)}`;
  });
  return texts.join('\n');
}

/** An account with keys in several states, and an API; returns the id of the API. */
async function fill({ app }: TestApp): Promise<string> {
  const { owner } = (await makeAccount(app, 'Acme')).callers;
  const as = callOf(owner);
  await run(app, 'createProject', { name: 'Shop' }, as);
  await run(app, 'createManagedAccount', { name: 'Customer' }, as);
  const { id } = await run(app, 'createApi', { name: 'Orders', description: 'The orders of the shop.' }, as);
  await run(app, 'createEndpoint', { api: id, method: 'GET', path: '/orders', summary: 'Orders', tag: 'orders' }, as);
  await makeKey(app, owner, { name: 'an active key', tags: ['production'], networks: ['127.0.0.0/8'] });
  await makeKey(app, owner, { name: 'a restricted key', permission: 'restricted', grants: { [id]: ['GET /orders'] } });
  const inactive = await makeKey(app, owner, { name: 'an inactive key' });
  await run(app, 'deactivateAccessKey', { key: inactive.key }, as);
  return id;
}
