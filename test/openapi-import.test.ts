import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createClient } from '@keywright/contract';
import { limits, parseNetwork } from '@keywright/core';
import { makeAccount, makeKey, startTestApp, type TestApp } from './support/app.ts';
import { tempFolder } from './support/temp-folder.ts';

/** Documents on their way in through the real doors: REST and the command line. */
const GITHUB = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
const LAUNCHER = join(import.meta.dirname, '../packages/cli/bin/keywright.js');
const ORDERS = { openapi: '3.1.0', paths: { '/orders': { get: {}, post: {} } } };

describe('importing OpenAPI documents', () => {
  let running: TestApp;
  let token: string;
  const folder = tempFolder();
  const loopback = [parseNetwork('127.0.0.0/8')].filter(network => network !== undefined);
  before(async () => {
    running = await startTestApp('sqlite', { importNetworks: loopback });
    const account = await makeAccount(running.app, 'Firm');
    token = (await makeKey(running.app, account.callers.owner)).token;
  });
  after(async () => {
    await running[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const client = () => createClient({ server: running.url, token });

  test("GitHub's document with 1,223 operations comes in within 3 seconds, and the server answers meanwhile", async () => {
    const { id: api } = await client().createApi({ name: 'GitHub' });
    const document = readFileSync(GITHUB, 'utf8');
    const begun = performance.now();
    const importing = client().importApi({ api, document, apply: true });
    await client().whoami();
    const shown = await importing;
    const took = performance.now() - begun;
    assert.deepEqual([shown.added.count, shown.skipped.count, shown.endpoints], [1223, 0, 1223]);
    assert.equal(shown.added.items.length, limits.differenceLinesMax);
    assert.ok(took < 3000, `it took ${took} ms`);
    const { tags } = await client().getApi({ api });
    assert.equal(
      tags.reduce((sum, { endpoints }) => sum + endpoints, 0),
      1223,
    );
    const found = await client().listEndpoints({ api, tag: 'repos', text: 'compare', limit: 100 });
    assert.deepEqual(
      found.items.map(({ id }) => id),
      ['GET /repos/{}/{}/compare/{}', 'GET /repos/{}/{}/compare/{}...{}'],
    );
    const again = await client().importApi({ api, document, apply: true });
    assert.deepEqual([again.added.count, again.changed.count, again.removed.count], [0, 0, 0]);
  });

  test('an endpoint stands in the address of its operations, whatever its characters', async () => {
    const { id: api } = await client().createApi({ name: 'Odd' });
    const path = `/a/{x}/b.c/~$&'()*+,=:@/${'long/'.repeat(150)}{y}`;
    const { id: endpoint } = await client().createEndpoint({ api, method: 'GET', path });
    assert.equal((await client().updateEndpoint({ api, endpoint, summary: 'Odd' })).summary, 'Odd');
    assert.deepEqual(await client().deleteEndpoint({ api, endpoint }), { done: true });
  });

  test('a large body is read for known callers only, and holds few parts', async () => {
    const url = `${running.url}/v1/apis/api_${'a'.repeat(20)}/import`;
    const ask = (body: string, headers: Record<string, string>) =>
      fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    const document = JSON.stringify({ document: ' '.repeat(1_000_000) });
    assert.equal((await ask(document, {})).status, 401);
    assert.equal((await ask(document, { authorization: `Bearer ${token}` })).status, 404);
    const parts = `{"document": [${'{},'.repeat(1_000_000)}{}]}`;
    assert.equal((await ask(parts, { authorization: `Bearer ${token}` })).status, 400);
  });

  test('on the command line the difference is shown, and applied when that is said', async () => {
    const file = join(folder.path, 'orders.json');
    writeFileSync(file, JSON.stringify(ORDERS));
    const unasked = await keywright('apis', 'import', file, '--name', 'Orders');
    assert.equal(unasked.code, 2, unasked.stderr);
    assert.match(unasked.stderr, /--yes/);
    const before = (await client().listApis({ text: 'orders' })).items.length;
    const dry = await keywright('apis', 'import', file, '--name', 'Orders', '--dry-run');
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(
      dry.stdout,
      /^\+ GET \/orders\n\+ POST \/orders\n2 added, 0 changed, 0 removed; 2 endpoints then\.\nNothing/,
    );
    assert.equal((await client().listApis({ text: 'orders' })).items.length, before);
    const made = await keywright('--json', 'apis', 'import', file, '--name', 'Orders', '--yes');
    assert.equal(made.code, 0, made.stderr);
    assert.equal(JSON.parse(made.stdout).applied, true);
    const api = made.stderr.match(/api_[a-z2-7]{20}/)?.[0] ?? '';

    writeFileSync(join(folder.path, 'item.yaml'), 'get: {summary: Look}');
    writeFileSync(file, JSON.stringify({ ...ORDERS, paths: { '/orders': { get: {} }, '/x': { $ref: 'item.yaml' } } }));
    const lacking = await keywright('apis', 'import', file, '--api', api, '--yes');
    assert.deepEqual([lacking.code, lacking.stdout], [1, ''], lacking.stderr);
    const more = await keywright(
      'apis',
      'import',
      file,
      '--api',
      api,
      '--with',
      'item.yaml',
      '--base-path',
      '/v2',
      '--yes',
    );
    assert.equal(more.code, 0, more.stderr);
    assert.match(more.stdout, /\+ GET \/v2\/x {2}Look\n- GET \/orders\n- POST \/orders\n2 added, 0 changed, 2 removed/);
  });

  test('called wrongly, it says how', async () => {
    for (const words of [
      ['x.json'],
      ['--api', 'x'],
      ['x.json', '--url', 'http://x', '--api', 'x'],
      ['/nowhere', '--api', 'x', '--yes'],
    ]) {
      const { code, stdout } = await keywright('apis', 'import', ...words);
      assert.deepEqual([code, stdout], [2, ''], words.join(' '));
    }
  });

  test('the server gets a document itself', async () => {
    const api = (await client().createApi({ name: 'Ourselves' })).id;
    const shown = await client().importApi({ api, url: `${running.url}/openapi.json` });
    assert.ok(shown.added.count > 40);
    assert.equal(shown.title, 'Keywright');
  });

  function keywright(...words: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const env = { KEYWRIGHT_SERVER: running.url, KEYWRIGHT_TOKEN: token, XDG_CONFIG_HOME: folder.path };
    return new Promise(resolve => {
      const options = { env, cwd: folder.path };
      execFile(process.execPath, [LAUNCHER, ...words], options, (failed, stdout, stderr) =>
        resolve({ code: failed?.code ?? 0, stdout, stderr }),
      );
    });
  }
});
