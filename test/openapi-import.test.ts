import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createClient } from '@keywright/contract';
import { limits, parseNetwork } from '@keywright/core';
import { makeAccount, makeKey, startTestApp, type TestApp } from './support/app.ts';
import { environment } from './support/config.ts';
import { findOrInstall } from './support/debian.ts';
import { tempFolder } from './support/temp-folder.ts';

/** Documents on their way in through the real doors: REST and the command line. */
const GITHUB = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
const LAUNCHER = join(import.meta.dirname, '../packages/cli/bin/keywright.js');
const isInTime = (ms: number) => ms < 3000;
const DOWN = '\u001b[B';
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
    const document = readFileSync(GITHUB, 'utf8');
    const took: number[] = [];
    let api = '';
    // Much else may run on the machine: what it can do shows in the best of three.
    while (took.length < 3 && !took.some(isInTime)) {
      api = (await client().createApi({ name: `GitHub ${took.length}` })).id;
      const begun = performance.now();
      const importing = client().importApi({ api, document, apply: true });
      await client().whoami();
      const shown = await importing;
      took.push(performance.now() - begun);
      assert.deepEqual([shown.added.count, shown.skipped.count, shown.endpoints], [1223, 0, 1223]);
      assert.equal(shown.added.items.length, limits.differenceLinesMax);
    }
    assert.ok(took.some(isInTime), `it took ${took} ms`);
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

  test('into a new API a document is sent once with --yes, and else once more for the difference', async () => {
    const file = join(folder.path, 'sent.json');
    writeFileSync(file, JSON.stringify(ORDERS));
    let sent = 0;
    await using door = createServer((asked, answer) => {
      const { url = '', method, headers } = asked;
      if (url.endsWith('/import')) sent++;
      const { host: _, ...rest } = headers;
      const onwards = request(new URL(url, running.url), { method, headers: rest }, from => {
        answer.writeHead(from.statusCode ?? 500, from.headers);
        from.pipe(answer);
      });
      asked.pipe(onwards);
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as AddressInfo; // it listens on a port
    const sending = async (...words: string[]) => {
      sent = 0;
      const done = await keywright('--server', `http://127.0.0.1:${port}`, 'apis', 'import', file, ...words);
      assert.equal(done.code, 0, done.stderr);
      return [sent, done.stdout.split('\n').at(-2)];
    };
    assert.deepEqual(await sending('--name', 'Sent', '--yes'), [1, 'Imported.']);
    assert.deepEqual(await sending('--name', 'Sent', '--yes', '--dry-run'), [1, 'Nothing was changed.']);
    const [api] = (await client().listApis({ text: 'sent' })).items;
    assert.deepEqual(await sending('--api', api?.id ?? '', '--yes'), [1, 'Nothing was changed.']);
    writeFileSync(file, JSON.stringify({ ...ORDERS, paths: { '/orders': { get: {} } } }));
    assert.deepEqual(await sending('--api', api?.id ?? '', '--yes'), [2, 'Imported.']);
  });

  test('in a terminal it asks: which API is meant, and whether to make the change; no is the default', async () => {
    const file = join(folder.path, 'pets.json');
    writeFileSync(file, JSON.stringify(ORDERS));
    const found = async () => (await client().listApis({ text: 'pets' })).items;
    const declined = await atTerminal(
      file,
      [/Which API/, '\r'],
      [/What is the new API called/, '\r'],
      [/Make this/, 'n'],
    );
    assert.match(declined.shown, /\+ POST \/orders/);
    assert.equal(declined.code, 1, declined.shown);
    assert.deepEqual(await found(), []);
    const made = await atTerminal(file, [/Which API/, '\r'], [/What is the new API called/, '\r'], [/Make this/, 'y']);
    assert.equal(made.code, 0, made.shown);
    const [api] = await found();
    assert.deepEqual([api?.name, api?.endpoints], ['pets', 2]);
    writeFileSync(file, JSON.stringify({ ...ORDERS, paths: { '/orders': { get: {} } } }));
    const again = await atTerminal(
      file,
      [/Which API/, `${DOWN.repeat((await ownApis()).indexOf(api?.id ?? '') + 1)}\r`],
      [/Make this/, 'y'],
    );
    assert.match(again.shown, /- POST \/orders/);
    assert.equal((await found())[0]?.endpoints, 1, again.shown);
  });

  const ownApis = async () =>
    (await client().listApis({ limit: 100 })).items.filter(one => !one.builtIn).map(({ id }) => id);

  /** `apis import` in a terminal of its own; each answer is typed once its question is there. */
  async function atTerminal(file: string, ...answers: [question: RegExp, typed: string][]) {
    await findOrInstall({ title: 'script', programs: ['script'], folders: ['/usr/bin'], packages: ['bsdutils'] });
    // A terminal of no width breaks each line after a letter.
    const line = `stty cols 120 rows 40; '${process.execPath}' '${LAUNCHER}' apis import '${file}'`;
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: environment(accessTo()),
    });
    let shown = '';
    child.stdout.on('data', chunk => {
      shown += stripVTControlCharacters(String(chunk)).replaceAll(/[\r\n│\s]+/g, ' ');
      const [question, typed] = answers[0] ?? [];
      if (question === undefined || !question.test(shown.slice(-2000))) return;
      answers.shift();
      child.stdin.write(typed);
    });
    const [code] = await once(child, 'exit');
    return { code, shown };
  }

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

  const accessTo = () => ({ KEYWRIGHT_SERVER: running.url, KEYWRIGHT_TOKEN: token, XDG_CONFIG_HOME: folder.path });

  function keywright(...words: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    return new Promise(resolve => {
      const options = { env: accessTo(), cwd: folder.path };
      execFile(process.execPath, [LAUNCHER, ...words], options, (failed, stdout, stderr) =>
        resolve({ code: failed?.code ?? 0, stdout, stderr }),
      );
    });
  }
});
