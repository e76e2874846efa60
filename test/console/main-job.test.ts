import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser, Request } from 'playwright-core';
import { KeywrightProcess } from '../robust/server-process.ts';
import { startChromium } from '../support/chromium.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import {
  button,
  cellText,
  choose,
  confirm,
  dialog,
  item,
  type NewKey,
  newPerson,
  openMenu,
  type Person,
  readNewKey,
  row,
  runCurl,
  see,
  seeDisabled,
  seeGone,
  seeOnClipboard,
  signIn,
  tab,
  tellPages,
  textIn,
  textsInMemory,
} from './steps.ts';

const ADA = { name: 'Ada Brandt', email: 'ada@acme.example', password: 'a long enough password' };
const NAME = 'nightly backup';
/** A name that a spreadsheet would run, with the characters that CSV itself uses. */
const FORMULA = '=HYPERLINK("http://evil.example","go")';

/** One person on a fresh machine: each test goes on where the one before has ended. */
describe('the main job', () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let ada: Person;
  let curl: string;
  let created: NewKey;

  before(async () => {
    browser = opened.use(await startChromium());
  });
  afterEach(context => tellPages(context, ada));
  after(() => opened.disposeAsync());

  const keyRow = () => row(ada.page, 'Access keys', NAME);
  const cellOf = (header: string) => cellText(ada.page, 'Access keys', NAME, header);

  test('the printed link opens the setup, and whoever sets name, e-mail and password is the owner', async () => {
    const folder = opened.use(tempFolder());
    const server = opened.use(new KeywrightProcess({ env: { KEYWRIGHT_DATA: folder.path } }));
    const url = await server.listening();
    const link = await until(() => /http:\S+\/setup#token=\S+/.exec(server.stdout)?.[0], { what: 'the setup link' });
    ada = opened.use(await newPerson(browser, url));
    const { page } = ada;
    await page.goto(link);
    await see(page.getByRole('heading', { name: 'Set up Keywright' }));
    await page.getByLabel('Account name').fill('Acme');
    await page.getByLabel('Name', { exact: true }).fill(ADA.name);
    await page.getByLabel('E-mail').fill(ADA.email);
    await page.getByLabel('Password', { exact: true }).fill('too short');
    await button(page, 'Set up').click();
    await see(page.getByText('Must be at least 12 characters long'));
    await page.getByLabel('Password', { exact: true }).fill(ADA.password);
    await button(page, 'Set up').click();
    await see(page.getByText('No access keys yet'));

    await page.goto(link);
    await see(page.getByRole('heading', { name: 'Already set up' }));
  });

  test('Profile → Access keys → Create access key shows the secret once', async () => {
    const { page, url } = ada;
    await page.goto('/');
    await button(page, ADA.name).click();
    await item(page, 'Profile').click();
    await see(page.getByRole('definition').filter({ hasText: 'Owner' }));
    await tab(page, 'Access keys').click();
    await button(page, 'Create access key').click();
    const form = dialog(page, 'Create access key');
    await form.getByLabel('Name', { exact: true }).fill(NAME);
    await button(form, 'Create access key').click();
    created = await readNewKey(page);
    assert.match(created.key, /^KW[A-Z2-7]{18}$/);
    assert.match(created.secret, /^[0-9A-Za-z]{40}$/);
    assert.equal(created.token, `kw_${created.key}_${created.secret}`);

    const shown = dialog(page, 'Access key created');
    curl = await textIn(shown.getByLabel('curl with Basic', { exact: true }));
    for (const [label, text] of [
      ['Access key', created.key],
      ['Secret', created.secret],
      ['Token', created.token],
      ['curl with Basic', curl],
    ] as const) {
      await button(shown, `Copy ${label}`).click();
      await seeOnClipboard(page, text);
    }
    assert.ok(curl.includes(`'${url}/v1/whoami'`), curl);
  });

  test('the shown curl lines work as they stand there', async () => {
    for (const label of ['curl with Basic', 'curl with Bearer', 'curl with X-API-Key']) {
      const line = await textIn(ada.page.getByLabel(label, { exact: true }));
      const { status, body } = await runCurl(line);
      assert.equal(status, 200, `${label}: ${body}`);
      assert.equal(JSON.parse(body).key, created.key);
    }
  });

  test('the key file holds key and secret', async () => {
    assert.deepEqual(await downloadKeyFile(), [
      ['name', 'access key ID', 'secret key'],
      [NAME, created.key, created.secret],
    ]);
  });

  test('after the dialog the secret is nowhere in the page, its memory and storage, or its requests', async () => {
    const { page, context } = ada;
    await page.keyboard.press('Escape');
    await see(dialog(page, 'Access key created'));
    assert.ok((await textsInMemory(page)).includes(created.secret), 'the memory can not be looked into');
    const traffic = recordTraffic();
    await button(page, 'I have stored the secret').click();
    await seeGone(dialog(page, 'Access key created'));
    await see(keyRow());
    assert.match(await cellOf('Name'), new RegExp(created.key));
    assert.equal(await cellOf('State'), 'Active');
    assert.equal(await cellOf('Last used'), 'Never');
    assert.equal(await cellOf('Creator'), ADA.name);
    assertNoSecret('the page', await page.content());
    assertNoSecret('the memory of the page', await textsInMemory(page));
    await page.getByRole('link', { name: 'Audit log' }).click();
    await see(row(page, 'Events', 'createAccessKey'));
    assertNoSecret('the audit log', await page.content());
    await page.getByRole('link', { name: 'API & Keys' }).click();
    await keyRow().getByRole('link', { name: NAME }).click();
    await see(dialog(page, NAME).getByText('Allowed networks'));
    assertNoSecret('the panel', await page.content());
    await page.goto('/profile/access-keys');
    await see(keyRow());
    assertNoSecret('the page after loading it again', await page.content());
    assertNoSecret('the storage', JSON.stringify([await context.storageState({ indexedDB: true }), await stored()]));
    assertNoSecret('the traffic', await traffic());
  });

  test('the list shows when and by what the key was last used', async () => {
    const { page } = ada;
    assert.equal((await runCurl(curl)).status, 200);
    const reloaded = () => page.reload().then(() => cellOf('Last used'));
    await until(async () => (await reloaded()) === 'just now', { what: 'the last use in the list' });
    await keyRow().getByText('just now').first().hover();
    await see(page.getByRole('tooltip', { name: /from 127\.0\.0\.1 by curl\// }));
  });

  test('the menu of the key shows what the API answers, and copies the request', async () => {
    const { page, context, url } = ada;
    const opening = context.waitForEvent('page');
    await choose(page, NAME, 'View in API');
    const answer = await opening;
    assert.equal(answer.url(), `${url}/v1/access-keys/${created.key}`);
    await see(answer.getByText(NAME));
    await answer.close();
    await choose(page, NAME, 'Copy as curl');
    await see(page.getByText('The curl line is on the clipboard.'));
    const line = await page.evaluate(() => navigator.clipboard.readText());
    const shown = await runCurl(line, { KEYWRIGHT_KEY: created.key, KEYWRIGHT_SECRET: created.secret });
    assert.equal(shown.status, 200, shown.body);
    assert.equal(JSON.parse(shown.body).name, NAME);
  });

  test('an active key can not be deleted, and its menu says why', async () => {
    const { page } = ada;
    await openMenu(page, NAME);
    await seeDisabled(item(page, 'Delete'), /deactivate/i);
    await page.keyboard.press('Escape');
  });

  test('Deactivate says when and by what the key was last used, and then curl is refused', async () => {
    const { page } = ada;
    await choose(page, NAME, 'Deactivate');
    const question = dialog(page, 'Deactivate access key');
    await see(question.getByText(/Last used just now \(.+\) from 127\.0\.0\.1 by curl\//));
    await button(question, 'Cancel').click();
    assert.equal((await runCurl(curl)).status, 200, 'Cancel changes nothing');
    await choose(page, NAME, 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(keyRow().getByText('Inactive', { exact: true }));
    const refused = await runCurl(curl);
    assert.equal(refused.status, 401);
    assert.equal(JSON.parse(refused.body).code, 'inactive');
  });

  test('Activate brings the key back', async () => {
    const { page } = ada;
    await choose(page, NAME, 'Activate');
    await confirm(page, 'Activate access key', 'Activate');
    await see(keyRow().getByText('Active', { exact: true }));
    assert.equal((await runCurl(curl)).status, 200);
  });

  test('a deactivated key is deleted after a question, and stays refused', async () => {
    const { page } = ada;
    await choose(page, NAME, 'Deactivate');
    await confirm(page, 'Deactivate access key', 'Deactivate');
    await see(keyRow().getByText('Inactive', { exact: true }));
    await choose(page, NAME, 'Delete');
    await see(dialog(page, 'Delete access key').getByText(/by curl\//));
    await confirm(page, 'Delete access key', 'Delete');
    await see(page.getByText('No access keys yet'));
    assert.equal(await page.getByRole('main').getByText(created.key).count(), 0);
    const refused = await runCurl(curl);
    assert.equal(refused.status, 401);
    assert.equal(JSON.parse(refused.body).code, 'unknown');
  });

  test('a name that a spreadsheet would run is only text in the key file', async () => {
    const { page } = ada;
    await button(page, 'Create access key').click();
    await dialog(page, 'Create access key').getByLabel('Name', { exact: true }).fill(FORMULA);
    await button(dialog(page, 'Create access key'), 'Create access key').click();
    const { key, secret } = await readNewKey(page);
    assert.deepEqual((await downloadKeyFile())[1], [`'${FORMULA}`, key, secret]);
    await button(page, 'I have stored the secret').click();
    await see(row(page, 'Access keys', FORMULA));
  });

  test('a person signs out, mistypes the password, and signs in again', async () => {
    const { page } = ada;
    await button(page, ADA.name).click();
    await item(page, 'Sign out').click();
    await see(page.getByRole('heading', { name: 'Sign in' }));
    await page.goto('/profile/sessions');
    await signIn(page, ADA.email, 'not the right password');
    await see(page.getByRole('alert').getByText('The e-mail address or the password is wrong.'));
    await signIn(page, ADA.email, ADA.password);
    await see(page.getByRole('table', { name: 'Sessions' }));
    assert.equal(new URL(page.url()).pathname, '/profile/sessions');
  });

  test('Sessions lists both browsers, and Sign out everywhere ends both', async () => {
    const other = opened.use(await newPerson(browser, ada.url, { userAgent: 'Other browser/1.0' }));
    await other.page.goto('/profile/access-keys');
    await signIn(other.page, ADA.email, ADA.password);
    await see(row(other.page, 'Access keys', FORMULA));

    const { page } = ada;
    await page.reload();
    await see(row(page, 'Sessions', 'Other browser/1.0'));
    const own = row(page, 'Sessions', 'This session').getByText('Headless Chrome on Linux');
    assert.equal(
      await own.locator('..').getAttribute('aria-description'),
      await page.evaluate(() => navigator.userAgent),
    );
    await own.hover();
    await see(page.getByRole('tooltip').filter({ hasText: 'AppleWebKit' }));
    await button(page, 'Sign out everywhere').click();
    await button(dialog(page, 'Sign out everywhere'), 'Sign out everywhere').click();
    await see(page.getByRole('heading', { name: 'Sign in' }));
    await page.goto('/profile/access-keys');
    await see(page.getByRole('heading', { name: 'Sign in' }));
    await other.page.getByRole('link', { name: 'Members' }).click();
    await see(other.page.getByRole('heading', { name: 'Sign in' }));
    assert.deepEqual(other.complaints, []);
    assert.deepEqual(ada.complaints, []);
  });

  /** The cells of the key file that the open dialog hands out. */
  async function downloadKeyFile(): Promise<string[][]> {
    const { page } = ada;
    const downloading = page.waitForEvent('download');
    await button(page, 'Download key file').click();
    const download = await downloading;
    assert.match(download.suggestedFilename(), /^keywright-KW\w{18}\.csv$/);
    return parseCsv(await readFile(await download.path(), 'utf8'));
  }

  /** Takes down what goes over the wire from now on, until it is asked for. */
  function recordTraffic(): () => Promise<string> {
    const requests: Request[] = [];
    const take = (request: Request) => void requests.push(request);
    ada.page.on('request', take);
    return async () => {
      ada.page.off('request', take);
      assert.ok(requests.length > 0, 'there was no request');
      const texts = requests.map(async request => {
        const answer = await request.response();
        const body = answer?.ok() ? await answer.text().catch(() => '') : '';
        return [request.url(), JSON.stringify(await request.allHeaders()), request.postData(), body].join('\n');
      });
      return (await Promise.all(texts)).join('\n');
    };
  }

  /** What scripts of the page could keep. */
  function stored(): Promise<unknown> {
    return ada.page.evaluate(async () => ({
      local: { ...localStorage },
      session: { ...sessionStorage },
      history: history.state,
      caches: await caches.keys(),
    }));
  }

  function assertNoSecret(where: string, text: string): void {
    const { secret } = created;
    for (const form of [secret, btoa(secret), Buffer.from(secret, 'base64').toString('hex')]) {
      assert.ok(!text.includes(form), `the secret is in ${where}`);
    }
  }
});

/** RFC 4180, enough for what Keywright writes. */
function parseCsv(text: string): string[][] {
  const lines = text.trimEnd().split('\r\n');
  return lines.map(line =>
    Array.from(line.matchAll(/"((?:[^"]|"")*)"|([^",]+)/g), ([, quoted, plain]) =>
      quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
    ),
  );
}
