import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { SuiteContext, TestContext } from 'node:test';
import { promisify } from 'node:util';
import { limits } from '@keywright/core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { PASSWORD } from '../support/app.ts';
import { environment } from '../support/config.ts';
import { findOrInstall } from '../support/debian.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

/** How long the console may take to show what a step waits for. */
const PATIENCE_MS = 15_000;

/** A receipt that is never complete is there after a time of its own. */
export const INCOMPLETE = { timeout: 3 * limits.receiptWaitMsDefault };

/** Somebody at a browser of their own, with a clipboard. */
export interface Person extends AsyncDisposable {
  url: string;
  context: BrowserContext;
  page: Page;
  /** What the browser complained about: broken rules of the Content-Security-Policy, errors of scripts. */
  complaints: string[];
}

export async function newPerson(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  await context.exposeFunction('complain', (complaint: string) => complaints.push(complaint));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      // The function that newPerson has put there.
      const { complain } = globalThis as unknown as { complain: (text: string) => void };
      complain(`${location.pathname}: ${violatedDirective} forbids ${blockedURI} (${sourceFile})`);
    });
  });
  context.on('weberror', error => complaints.push(`${error.page()?.url()}: ${error.error()}`));
  context.on('console', message => {
    // Refusals are part of the job; Chromium reports each answer from 400 on.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  const page = await context.newPage();
  return { url, context, page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Tells what stood on the pages when a test has failed. */
export async function tellPages(context: TestContext | SuiteContext, ...people: (Person | undefined)[]): Promise<void> {
  if (context.passed) return;
  for (const { page } of people.filter(person => person !== undefined)) {
    context.diagnostic(`${page.url()}\n${await page.locator('body').ariaSnapshot()}`);
  }
}

/** Signs in without the page, for tests that are about something else. */
export async function enter({ context }: Person, email: string, password = PASSWORD): Promise<void> {
  const answer = await context.request.post('/api/auth/sign-in/email', { data: { email, password } });
  assert.equal(answer.status(), 200, `${email} can not sign in: ${await answer.text()}`);
}

/** Signs in as a person does. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button(page, 'Sign in').click();
}

export const button = (place: Page | Locator, name: string) => place.getByRole('button', { name, exact: true });
export const dialog = (page: Page, name: string) => page.getByRole('dialog', { name, exact: true });
export const tab = (place: Page | Locator, name: string) => place.getByRole('tab', { name, exact: true });

/** The row of a list in which the text stands. */
export function row(place: Page | Locator, list: string, text: string): Locator {
  return place.getByRole('table', { name: list, exact: true }).getByRole('row').filter({ hasText: text });
}

/** What stands in that row, in the column of that header. */
export async function cellText(place: Page | Locator, list: string, text: string, header: string): Promise<string> {
  const found = row(place, list, text);
  await see(found);
  const headers = await place.getByRole('table', { name: list, exact: true }).getByRole('columnheader').allInnerTexts();
  return textIn(found.getByRole('cell').nth(headers.indexOf(header)));
}

/** The rows of a list, the one of its headers left out. */
export function rows(place: Page | Locator, list: string): Locator {
  const table = place.getByRole('table', { name: list, exact: true });
  return table.getByRole('row').filter({ has: table.page().getByRole('cell') });
}

export const textIn = async (what: Locator): Promise<string> => (await what.textContent()) ?? '';
export const see = (what: Locator) => what.waitFor();
export const seeGone = (what: Locator) => what.waitFor({ state: 'hidden' });

export async function seeCount(what: Locator, count: number): Promise<void> {
  await until(async () => (await what.count()) === count, { what: `${count} of ${what}` });
}

/** Opens the menu of an object, such as a key by its name. */
export async function openMenu(place: Page | Locator, of: string): Promise<void> {
  await button(place, `Actions for ${of}`).click();
}

export const item = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true });

/** Chooses from the menu of an object. */
export async function choose(page: Page, of: string, what: string): Promise<void> {
  await openMenu(page, of);
  await item(page, what).click();
}

/** Opens the dialog that an item of a row's menu is for. */
export function byItem(name: string, item: string, title: string): (page: Page) => Promise<void> {
  return async page => {
    await choose(page, name, item);
    await see(dialog(page, title));
  };
}

/** Says yes in the dialog of that title, which then goes. */
export async function confirm(page: Page, title: string, verb: string): Promise<void> {
  await button(dialog(page, title), verb).click();
  await seeGone(dialog(page, title));
}

/** Checks that something can not be used, and that it says why: to the eye and to assistive technology. */
export async function seeDisabled(what: Locator, reason: RegExp): Promise<void> {
  await see(what);
  // Why not is known once what it depends on has come, and until then for less of a reason; the server refuses in any case.
  const isDisabled = async () =>
    (await what.getAttribute('aria-disabled')) === 'true' &&
    reason.test((await what.getAttribute('aria-description')) ?? '');
  await until(isDisabled, { what: `${what} to be disabled, because ${reason}` });
  await what.hover();
  await see(what.page().getByRole('tooltip').filter({ hasText: reason }));
}

/** Waits until something can be used that says *One moment…* before. */
export const seeEnabled = (what: Locator) => see(what.and(what.page().locator(':not([aria-disabled])')));

export async function seeOnClipboard(page: Page, text: string): Promise<void> {
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await until(async () => (await read()) === text, { what: `the clipboard to hold ${text}` });
}

export interface NewKey {
  key: string;
  secret: string;
  token: string;
}

/** Creates a key with the open page, reads what is shown once, and puts it away. */
export async function createKey(page: Page, name: string): Promise<NewKey> {
  await button(page, 'Create access key').click();
  const form = dialog(page, 'Create access key');
  await form.getByLabel('Name', { exact: true }).fill(name);
  await button(form, 'Create access key').click();
  const created = await readNewKey(page);
  await button(page, 'I have stored the secret').click();
  await seeGone(dialog(page, 'Access key created'));
  await see(row(page, 'Access keys', name)); // the list is read again, and its green button then stands elsewhere
  return created;
}

/** What the show-once dialog shows. */
export async function readNewKey(page: Page): Promise<NewKey> {
  const shown = dialog(page, 'Access key created');
  const read = (label: string) => textIn(shown.getByLabel(label, { exact: true }));
  return { key: await read('Access key'), secret: await read('Secret'), token: await read('Token') };
}

/** Runs a line that the console shows for a terminal, as it stands there; returns status and body. */
export async function runCurl(
  line: string,
  env: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  await findOrInstall({ title: 'curl', programs: ['curl'], folders: ['/usr/bin'], packages: ['curl'] });
  const asked = `${line} --silent --show-error --write-out '\\n%{http_code}'`;
  const { stdout } = await run('sh', ['-c', asked], { env: environment(env) });
  const [, body = '', status] = /^(.*)\n(\d{3})$/s.exec(stdout) ?? [];
  return { status: Number(status), body };
}

/** How the management API answers a request with that key. */
export async function statusOf(url: string, { token }: NewKey): Promise<number> {
  return (await fetch(`${url}/v1/whoami`, { headers: { 'x-api-key': token } })).status;
}

/** All texts in the memory of the page's scripts, after its garbage was collected. */
export async function textsInMemory(page: Page): Promise<string> {
  const devTools = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  devTools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => void chunks.push(chunk));
  await devTools.send('HeapProfiler.enable');
  await devTools.send('HeapProfiler.collectGarbage');
  await devTools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await devTools.detach();
  const { strings }: { strings: string[] } = JSON.parse(chunks.join(''));
  return strings.join('\n');
}
