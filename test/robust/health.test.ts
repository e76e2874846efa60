import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { readConfig } from '@keywright/server';
import { statusAt } from '../nodes/start-nodes.ts';
import { startTestApp } from '../support/app.ts';
import { startPostgres } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

describe('health', () => {
  test('a server that has just started is well and ready, and says so to everybody', async () => {
    await using app = await startTestApp('sqlite');
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ] as const) {
      const answer = await fetch(app.url + path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      const body = (await answer.json()) as Record<string, string>;
      assert.equal(body.status, status);
      assert.deepEqual(Object.keys(body), ['status', 'version'], 'nothing more is said');
    }
  });

  test('without its database it is well, ready while what it knows decides, and ready again once that is back', async () => {
    await using postgres = await startPostgres();
    using folder = tempFolder();
    const staleMs = 6000;
    const database = await postgres.createDatabase();
    const env = { KEYWRIGHT_DATA: folder.path, DATABASE_URL: database, KEYWRIGHT_STALE_MAX_MS: `${staleMs}` };
    await using server = new KeywrightProcess({ env });
    const url = await server.listening();
    const { token } = await setUp(server);
    const ready = async () => (await fetch(`${url}/readyz`)).status;
    assert.deepEqual([await ready(), await statusAt(url, token)], [200, 204]);
    await postgres.kill();
    const since = performance.now();
    await until(async () => (await ready()) === 503, { what: 'it to be not ready' });
    const ms = performance.now() - since;
    // What it told the others last may be a second old, and more on a busy machine.
    assert.ok(ms > staleMs / 2, `not ready after ${ms} ms`);
    assert.equal(await statusAt(url, token), 503);
    const answer = await fetch(`${url}/readyz`);
    assert.equal(answer.headers.get('retry-after'), '1');
    const { code, detail } = (await answer.json()) as Record<string, string>;
    assert.deepEqual([code, detail], ['unavailable', 'The database does not answer.']);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    await postgres.restart();
    await until(async () => (await ready()) === 200, { what: 'it to be ready again' });
  });

  test('for as long as load balancers may need to notice, it says that it stops and serves on', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path, KEYWRIGHT_DRAIN_WAIT_MS: '30000' };
    await using server = new KeywrightProcess({ env });
    const url = await server.listening();
    const ask = (path: string) => fetch(url + path, { headers: { connection: 'close' } });
    assert.equal((await ask('/readyz')).status, 200);
    server.end('SIGTERM');
    const stopping = await until(async () => {
      const answer = await ask('/readyz');
      return answer.status === 503 && answer;
    });
    assert.match(await stopping.text(), /This process is stopping\./);
    assert.equal((await ask('/healthz')).status, 200);
    assert.equal((await ask('/v1/auth')).status, 401);
    assert.equal((await server.end('SIGTERM')).code, 1, 'who can not wait says so once more');
  });

  test('connections on which nothing happens are kept for longer than load balancers keep them', async () => {
    await using app = await startTestApp('sqlite');
    const { headers } = await fetch(`${app.url}/healthz`);
    assert.equal(headers.get('keep-alive'), 'timeout=75');
  });

  test('a time to wait that can not be is one sentence', () => {
    assert.equal(readConfig({}, {}).drainWaitMs, 0);
    for (const text of ['-1', '1.5', '60001', 'long', '1e3'])
      assert.throws(() => readConfig({}, { KEYWRIGHT_DRAIN_WAIT_MS: text }), {
        message: `KEYWRIGHT_DRAIN_WAIT_MS must be a number from 0 to 60000, not "${text}".`,
      });
  });

  test('while it stops it is not ready, on connections that are open still', async () => {
    using folder = tempFolder();
    await using server = new KeywrightProcess({ env: { KEYWRIGHT_DATA: folder.path } });
    const { host, hostname, port } = new URL(await server.listening());
    const line = connect(Number(port), hostname).setEncoding('utf8');
    let heard = '';
    line.on('data', text => {
      heard += text;
    });
    // Half of a request keeps the connection from being idle.
    line.write(`GET /readyz HTTP/1.1\r\nHost: ${host}\r\n`);
    await until(async () => (await fetch(`http://${host}/healthz`)).ok, { what: 'the first half to be there' });
    const ended = server.end('SIGTERM');
    await until(() => server.stdout.includes('finishing requests'), { what: 'the signal to arrive' });
    line.write('\r\n');
    await ended;
    assert.match(heard, /^HTTP\/1\.1 503 .*This process is stopping\./s);
  });
});
