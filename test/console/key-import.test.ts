import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import { hash as bcrypt } from 'bcryptjs';
import type { Page } from 'playwright-core';
import { callOf, emailOf, type TestAccount, type TestApp } from '../support/app.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import {
  button,
  dialog,
  type Person,
  row,
  rows,
  see,
  seeCount,
  seeDisabled,
  seeGone,
  tellPages,
  textIn,
  textsInMemory,
} from './steps.ts';

const MEMBER = emailOf('Acme', 'member');
const secretOf = (n: number) => `sk_live_${String(n).padStart(6, '0')}_from_the_old_shop`;

/** *Import keys* on the page API & Keys, with files of every kind. */
describe('import of keys in the console', () => {
  const opened = new AsyncDisposableStack();
  const folder = opened.use(tempFolder());
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let owner: Person;
  let page: Page;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    owner = await comeIn('owner');
    page = owner.page;
  });
  afterEach(context => tellPages(context, owner));
  after(() => opened.disposeAsync());

  test('a large file of hashes: looked at, imported in batches, each refused line in the report', async () => {
    // Large enough for several pieces and batches; cells with commas, quotes and line feeds; lines that are wrong at both ends.
    const lines = Array.from({ length: 4500 }, (_, n) => {
      const of = n === 4499 ? 'nobody@acme.example' : MEMBER;
      const digest = n === 3000 ? 'no hash' : hash('sha256', secretOf(n));
      return `${of},"Shop ""${n}"", old","one\ntwo",${digest},${n === 5 ? 'sometimes' : 'true'}`;
    });
    await openWithFile('keys.csv', `\ufeffowner,name,description,hash,enabled\r\n${lines.join('\n')}\n`);
    const source = dialog(page, 'Import keys');
    assert.equal(await source.getByLabel('Kept as').inputValue(), 'sha256');
    await source.getByLabel('Prefix').fill('old_');
    await button(source, 'Show the preview').click();
    const preview = dialog(page, 'What will be imported');
    await see(preview.getByText('The first 2,000 rows were looked at.'));
    await see(preview.getByText('1 row will be refused'));
    await seeCount(rows(preview, 'First rows'), 5);
    await see(row(preview, 'First rows', 'Shop "0", old').getByText('Hash of 64 characters'));
    assert.ok(!(await page.content()).includes(hash('sha256', secretOf(0))), 'the preview shows a hash');
    await button(preview, 'Import keys').click();
    const report = dialog(page, 'Import report');
    await see(report.getByText('4,497 imported, 0 there already, 3 refused.'));
    // Each row takes two lines, of which the second counts; before them stands the line of names.
    assert.deepEqual(await refusedLines(), ['1 line 13 enabled', '2 line 6003 hash', '3 line 9001 owner']);
    await button(report, 'Done').click();
    await seeGone(report);
    for (const n of [0, 4498]) assert.equal(await statusOf(`old_${secretOf(n)}`), 200);
    assert.equal(await statusOf(`old_${secretOf(4499)}`), 401);
  });

  test('the same file again passes over what is there', async () => {
    await button(page, 'Import keys').click();
    await choose('keys.csv');
    await dialog(page, 'Import keys').getByLabel('Prefix').fill('old_');
    await through();
    await see(page.getByText('0 imported, 4,497 there already, 3 refused.'));
    await button(page, 'Done').click();
  });

  test('the panel of an imported key shows the import', async () => {
    await page.getByLabel('Search').fill('Shop "4498"');
    await row(page, 'Access keys', 'Shop "4498", old').getByRole('link').click();
    const panel = dialog(page, 'Shop "4498", old');
    await see(panel.getByText('Import keys of another system'));
    await panel.getByRole('link', { name: 'All imports of keys' }).click();
    await seeCount(rows(page, 'Events'), 3);
  });

  test('JSON lines, pasted, with an owner for rows that name none; afterwards no secret is left in the page', async () => {
    const { id } = await run(app.app, 'createProject', { name: 'Shop' }, callOf(acme.callers.owner));
    await page.goto(`/api-and-keys/${id}`);
    await button(page, 'Import keys').click();
    const source = dialog(page, 'Import keys');
    await see(source.getByText(/Rows that name no project belong to Shop/));
    await button(source, 'Show the preview').click();
    await see(source.getByText('Choose a file.'));
    await paste(
      [8001, 8002].map(n => JSON.stringify({ secret: secretOf(n), name: `pasted ${n}`, tags: ['old'] })).join('\n'),
    );
    await button(source, 'Show the preview').click();
    await see(dialog(page, 'What will be imported').getByText('owner is missing (2 rows)'));
    assert.ok(await button(page, 'Import keys').last().isDisabled());
    await button(page, 'Back').click();
    await source.getByRole('combobox', { name: 'Owner' }).click();
    await page.getByRole('option', { name: /Acme member/ }).click();
    await source.getByLabel('Permission').selectOption('Read only');
    await button(source, 'Show the preview').click();
    await see(row(page, 'First rows', 'pasted 8001').getByText('Read only'));
    assert.ok((await textsInMemory(page)).includes(secretOf(8002)), 'the memory can not be looked into');
    await button(dialog(page, 'What will be imported'), 'Import keys').click();
    await see(page.getByText('2 imported, 0 there already, 0 refused.'));
    await button(page, 'Done').click();
    await seeGone(dialog(page, 'Import report'));
    await see(row(page, 'Access keys', 'pasted 8002').getByText('Legacy'));
    assert.ok(!(await page.content()).includes('sk_live_'));
    assert.ok(!(await textsInMemory(page)).includes(secretOf(8002)), 'the secret is still in the memory of the page');
    assert.equal(await statusOf(secretOf(8002), `/v1/projects/${id}/access-keys`), 200);
    assert.equal(await statusOf(secretOf(8002), '/v1/access-keys'), 403);
  });

  test('closed before anything was sent, nothing typed stays', async () => {
    await button(page, 'Import keys').click();
    await paste(`owner,hash\n${MEMBER},${hash('sha512', 'never sent')}`);
    await dialog(page, 'Import keys').getByLabel('Salt', { exact: true }).fill('pepper-of-the-old-shop');
    await button(page, 'Cancel').click();
    await seeGone(dialog(page, 'Import keys'));
    const texts = await textsInMemory(page);
    for (const typed of [hash('sha512', 'never sent'), 'pepper-of-the-old-shop'])
      assert.ok(!texts.includes(typed), typed);
  });

  test('bcrypt with ids and a separator, whose error stands at its field', async () => {
    await button(page, 'Import keys').click();
    const source = dialog(page, 'Import keys');
    await paste(`owner,id,hash\n${MEMBER},ak1,${await bcrypt('slow secret', 4)}\n${MEMBER},,${await bcrypt('x', 4)}`);
    await see(source.getByText('Parts id and secret: each row needs an id.'));
    assert.equal(await source.getByLabel('Kept as').inputValue(), 'bcrypt');
    await source.getByLabel('Separator').fill('x');
    await button(source, 'Show the preview').click();
    await see(source.getByText(/^Must be one sign/));
    await source.getByLabel('Separator').fill('_');
    await through();
    await see(page.getByText('1 imported, 0 there already, 1 refused.'));
    await see(row(page, 'Refused lines', 'Line 3').getByText(/is needed with bcrypt/));
    await button(page, 'Import again').click();
    await see(source);
    await button(page, 'Cancel').click();
  });

  test('hashes are not taken for plain secrets, and a file that is no CSV says where', async () => {
    await button(page, 'Import keys').click();
    const source = dialog(page, 'Import keys');
    await paste(`owner,hash,colour\n${MEMBER},${hash('sha256', 'a')},\n${MEMBER},${hash('sha256', 'b')},red`);
    await see(source.getByLabel('Salt', { exact: true })); // what the rows hold was guessed
    await source.getByLabel('Kept as').selectOption('Plain secrets');
    await source.getByLabel('Rows').press('Enter'); // what was chosen is not guessed any more
    await button(source, 'Show the preview').click();
    await see(page.getByText('hash is no plain secret: choose how the keys were kept (2 rows)'));
    await button(page, 'Back').click();
    await source.getByLabel('Kept as').selectOption('SHA-256 hashes');
    await button(source, 'Show the preview').click();
    await see(page.getByText('colour is not a field of a key (1 row)'));
    await button(page, 'Back').click();
    await paste(`owner,secret\n${MEMBER},${secretOf(8007)}\n${MEMBER},${secretOf(8008)},more`);
    await button(source, 'Show the preview').click();
    await see(source.getByText('Line 3 can not be read: it has more or fewer cells than the line of names.'));
    await button(page, 'Cancel').click();
  });

  test('an import that is stopped says how far it came, and goes on when it is started again', async () => {
    const lines = Array.from({ length: 2500 }, (_, n) =>
      JSON.stringify({ owner: MEMBER, secret: secretOf(10_000 + n) }),
    );
    let sent = 0;
    // The second batch never arrives.
    await page.route('**/v1/access-keys/import', route => (++sent === 2 ? undefined : route.continue()));
    await openWithFile('keys.jsonl', lines.join('\n'));
    await through();
    const running = dialog(page, 'Importing keys');
    await see(running.getByRole('status').filter({ hasText: '2,000 imported' }));
    assert.ok(Number(await running.getByRole('progressbar').getAttribute('aria-valuenow')) > 0);
    await page.keyboard.press('Escape');
    const report = dialog(page, 'Import report');
    await see(report.getByText('The import has stopped'));
    await see(report.getByText(/^2,000 imported, 0 there already, 0 refused\. Import the same rows again/));
    await button(report, 'Import again').click();
    await through();
    await see(report.getByText('500 imported, 2,000 there already, 0 refused.'));
    await button(report, 'Done').click();
  });

  test('a server that refuses the run is heard', async () => {
    await page.unroute('**/v1/access-keys/import');
    await button(page, 'Import keys').click();
    await paste(`owner,secret\n${MEMBER},${secretOf(8009)}`);
    await button(dialog(page, 'Import keys'), 'Show the preview').click();
    await owner.context.clearCookies();
    await button(dialog(page, 'What will be imported'), 'Import keys').click();
    await see(
      page.getByRole('heading', { name: 'Sign in' }).or(dialog(page, 'Import report').getByRole('alert')).first(),
    );
  });

  test('members see why they can not import keys', async () => {
    const member = await comeIn('member');
    await member.page.goto('/api-and-keys');
    await seeDisabled(button(member.page, 'Import keys'), /Only owners and administrators/);
    assert.deepEqual([...owner.complaints, ...member.complaints], []);
  });

  async function openWithFile(name: string, text: string): Promise<void> {
    await writeFile(join(folder.path, name), text);
    await page.goto('/api-and-keys');
    await button(page, 'Import keys').click();
    await choose(name);
  }

  async function choose(name: string): Promise<void> {
    const choosing = page.waitForEvent('filechooser');
    await dialog(page, 'Import keys').getByLabel('File of keys').click();
    await (await choosing).setFiles(join(folder.path, name));
    const kept = name.endsWith('.csv') ? 'SHA-256 hashes' : 'Plain secrets';
    await see(dialog(page, 'Import keys').getByRole('button', { name: 'Clear the file' }));
    await see(
      dialog(page, 'Import keys')
        .getByLabel('Kept as')
        .filter({ has: page.locator(`option:checked:text("${kept}")`) }),
    );
  }

  async function paste(text: string): Promise<void> {
    const source = dialog(page, 'Import keys');
    await source.getByText('Paste', { exact: true }).click();
    await source.getByLabel('Rows').fill(text);
  }

  /** From the source to the run. */
  async function through(): Promise<void> {
    await button(dialog(page, 'Import keys'), 'Show the preview').click();
    await button(dialog(page, 'What will be imported'), 'Import keys').click();
  }

  /** The lines of the report as it is downloaded, without what is wrong with them. */
  async function refusedLines(): Promise<string[]> {
    const waiting = page.waitForEvent('download');
    await button(page, 'Download report').click();
    const [head, ...lines] = (await readFile(await (await waiting).path(), 'utf8')).trimEnd().split('\r\n');
    assert.equal(head, '"line","field","why"');
    assert.equal(lines.length, await rows(page, 'Refused lines').count());
    assert.match(await textIn(rows(page, 'Refused lines').first()), /true or false|boolean/);
    return lines.map((line, n) => `${n + 1} line ${line.split(',').slice(0, 2).join(' ').replaceAll('"', '')}`);
  }

  /** How a key of the other system is answered. */
  async function statusOf(secret: string, path = '/v1/whoami'): Promise<number> {
    return (await fetch(app.url + path, { headers: { 'x-api-key': secret } })).status;
  }
});
