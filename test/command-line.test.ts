import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectVerifier } from './operations/world.ts';
import { makeAccount, makeKey, startTestApp, type TestAccount, type TestApp } from './support/app.ts';
import { tempFolder } from './support/temp-folder.ts';

/** What the command line prints for people, as a shell runs it against a real server. */
const LAUNCHER = join(import.meta.dirname, '../packages/cli/bin/keywright.js');

let server: TestApp;
let account: TestAccount;
let token: string;
let key: string;
before(async () => {
  server = await startTestApp();
  account = await makeAccount(server.app, 'Acme');
  ({ token } = await makeKey(server.app, account.callers.owner));
  ({ key } = await makeKey(server.app, account.callers.owner));
});
after(() => server[Symbol.asyncDispose]());

function shell(words: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { KEYWRIGHT_SERVER: server.url, KEYWRIGHT_TOKEN: token, NODE: process.execPath, LAUNCHER };
  return new Promise(resolve =>
    execFile('/bin/sh', ['-c', `"$NODE" "$LAUNCHER" ${words}`], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

test('the hint of a page leads to the next one when it is pasted', async () => {
  const first = await shell('endpoints list keywright --limit 3');
  const [, more = ''] = /\nmore: (--cursor .*)\n$/.exec(first.stdout) ?? assert.fail(first.stdout);
  const second = await shell(`endpoints list keywright --limit 3 ${more}`);
  assert.deepEqual([second.code, second.stderr], [0, '']);
  const ids = `${first.stdout}\n${second.stdout}`.match(/^[A-Z]+ \/v1\S*/gm) ?? [];
  assert.equal(new Set(ids).size, 6);
});

test('a line that is not imported is named with its field and why', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'keys.csv');
  writeFileSync(file, `owner,secret\nnobody@example.com,${'s'.repeat(30)}\n`);
  const { code, stdout } = await shell(`keys import ${file}`);
  assert.equal(code, 1);
  assert.match(stdout, /^0 imported, 0 there already, 1 refused:\n {2}line 2: owner: there is no such owner /);
});

test('a receipt is said in words', async () => {
  const { code, stdout } = await shell(`keys deactivate ${key} --wait all`);
  assert.equal(code, 0);
  assert.match(stdout, /\nreceipt +known by 1 of 1 after \d+ ms: \S+\n/);
});

test('a script does not go on after a receipt that is not complete', async () => {
  const id = await connectVerifier(server.app, account.id);
  const { code, stdout } = await shell(`keys activate ${key} --wait all --wait-ms 100`);
  assert.equal(code, 1);
  assert.match(stdout, /; not yet by gateway\n/);
  await server.app.followers.leave({ account: account.id, by: account.callers.owner.owner.id }, id);
});

test('an import waits for its receipt where it is applied', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'shop.json');
  writeFileSync(file, JSON.stringify({ openapi: '3.1.0', info: {}, paths: { '/orders': { get: {} } } }));
  const made = await shell(`apis import ${file} --name Shop --yes --wait all --wait-ms 10000`);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /\nImported\.\nReceipt: known by 1 of 1 after \d+ ms: \S+\n$/);
  const [api] = /api_[a-z2-7]{20}/.exec(made.stderr) ?? [];
  const again = await shell(`apis import ${file} --api ${api} --yes --wait all --json`);
  assert.equal(JSON.parse(again.stdout).receipt, undefined, 'nothing was changed');
});
