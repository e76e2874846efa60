import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createClient } from '@keywright/contract';
import { limits } from '@keywright/core';
import { openDataFolder } from '../../packages/server/src/data-folder.ts';
import { DATABASES, type DatabaseKind } from '../support/app.ts';
import { freshDatabase, startPostgres } from '../support/postgres.ts';
import { root } from '../support/source-tree.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { type Owner, setUp } from './set-up.ts';
import { nodesOf } from './start-workers.ts';

const STOPPED = 'Keywright has stopped. Nothing was lost.\n';

for (const kind of DATABASES) {
  describe(`stopping on ${kind}`, () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      test(`${signal} lets a request finish, and keeps a use of the last moment`, async () => {
        await using place = await makePlace(kind);
        await using first = new KeywrightProcess({ env: place.env });
        const url = await first.listening();
        const owner = await setUp(first);
        const used = await createClient({ server: url, token: owner.token }).createAccessKey();
        const half = await halfRequest(url, owner.token, '{"name":"in the last moment"}');
        const headers = { authorization: `Bearer ${used.token}`, 'user-agent': 'late' };
        assert.equal((await fetch(`${url}/v1/auth`, { headers })).status, 204);
        const ended = first.end(signal);
        await until(() => first.stdout.includes(`${signal}: finishing requests`), { what: 'the signal to arrive' });
        const answer = await half.finish();
        assert.match(answer, /^HTTP\/1\.1 201 .*^connection: close\r$/ims, 'it does not say that it is the last');
        const at = performance.now();
        const { code, stdout, stderr } = await ended;
        assert.deepEqual([code, stderr], [0, '']);
        assert.ok(performance.now() - at < 3000, 'it waited for a connection on which nothing happens');
        assert.ok(stdout.endsWith(STOPPED));

        await using second = new KeywrightProcess({ env: place.env });
        const client = createClient({ server: await second.listening(), token: owner.token });
        const { items } = await client.listAccessKeys({ text: 'in the last moment' });
        assert.equal(items.length, 1);
        const { lastUsed, usedDays } = await client.getAccessKey({ key: used.key });
        assert.equal(lastUsed?.userAgent, 'late');
        assert.deepEqual(
          usedDays.map(({ count }) => count),
          [1],
        );
      });
    }
  });
}

describe('stopping while others go on', { concurrency: 3 }, () => {
  test('a gateway that never stops asking does not keep the server', async () => {
    await using place = await makePlace('sqlite');
    await using server = new KeywrightProcess({ env: place.env });
    const url = await server.listening();
    const { token } = await setUp(server);
    const gateways = Array.from({ length: 4 }, () => askForEver(url, token));
    await until(() => gateways.every(({ answers }) => answers.length > 20), { what: 'the gateways to be at work' });
    const at = performance.now();
    assert.equal((await server.end('SIGTERM')).code, 0);
    assert.ok(performance.now() - at < 5000, 'it took as long as the longest request may');
    for (const { done, answers } of gateways) {
      await done;
      assert.deepEqual([...new Set(answers)], [204]);
    }
  });

  test('a request that never ends is cut off after ten seconds', async () => {
    await using place = await makePlace('sqlite');
    await using server = new KeywrightProcess({ env: place.env });
    const url = await server.listening();
    const { token } = await setUp(server);
    await halfRequest(url, token, '{}');
    const at = performance.now();
    const { code, stdout } = await server.end('SIGTERM');
    assert.equal(code, 0);
    assert.ok(stdout.endsWith(STOPPED));
    const ms = performance.now() - at;
    assert.ok(ms > 9000 && ms < 20_000, `${ms} ms`);
  });

  test('a second signal does not wait', async () => {
    await using place = await makePlace('sqlite');
    await using server = new KeywrightProcess({ env: place.env });
    const url = await server.listening();
    const { token } = await setUp(server);
    await halfRequest(url, token, '{}');
    const at = performance.now();
    let isEnded = false;
    const ended = server.end('SIGINT').finally(() => {
      isEnded = true;
    });
    await until(() => server.stdout.includes('SIGINT: finishing requests'), { what: 'the first signal to arrive' });
    // One that comes at once is taken for the same.
    const again = () => {
      if (!isEnded) server.end('SIGINT');
      return isEnded;
    };
    await until(again, { what: 'the server to end' });
    assert.equal((await ended).code, 1);
    assert.ok(performance.now() - at < 5000);
  });

  test('without its database it says what was lost', async () => {
    await using postgres = await startPostgres();
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path, DATABASE_URL: await postgres.createDatabase() };
    await using server = new KeywrightProcess({ env });
    const url = await server.listening();
    const { token } = await setUp(server);
    assert.equal(await ask(url, token), 204);
    await postgres.stop();
    await until(async () => (await ask(url, token)) === 503, {
      ms: 2 * limits.staleMsDefault,
      what: 'the server to miss its database',
    });
    const { code, stderr } = await server.end('SIGTERM');
    assert.equal(code, 1);
    const sentences = stderr.split('\n').filter(line => line !== '' && !line.startsWith('{'));
    assert.match(sentences.join('\n'), /^Keywright has stopped, but the last uses of keys were not written: [^\n]+$/);
  });
});

describe('stopping npm start', { concurrency: 2 }, () => {
  test('SIGTERM to npm alone stops the server, and npm waits for it', async () => {
    using folder = tempFolder();
    await using npm = new KeywrightProcess({ npm: root, env: { KEYWRIGHT_DATA: folder.path } });
    const url = await npm.listening();
    const { token } = await setUp(npm);
    const half = await halfRequest(url, token, '{"name":"behind npm"}');
    const ended = npm.end('SIGTERM');
    await until(() => npm.stdout.includes('SIGTERM: finishing requests'), { what: 'the signal to arrive' });
    assert.match(await half.finish(), /^HTTP\/1\.1 201 /);
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    assert.ok(stdout.endsWith(STOPPED));
    await assert.rejects(fetch(url), 'the port is not free');
    openDataFolder(folder.path)[Symbol.dispose]();
  });

  test('SIGTERM to npm alone stops two workers, too', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path };
    await using npm = new KeywrightProcess({ npm: root, words: ['--workers', '2'], env });
    const url = await npm.listening();
    const { token } = await setUp(npm);
    const nodes = await nodesOf(createClient({ server: url, token }), 2);
    const { code, stdout } = await npm.end('SIGTERM');
    assert.equal(code, 0);
    assert.ok(stdout.endsWith(STOPPED));
    for (const { pid } of nodes) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(fetch(url), 'the port is not free');
    openDataFolder(folder.path)[Symbol.dispose]();
  });

  test('Ctrl-C, which comes from the terminal and again from npm, lets a request finish', async () => {
    using folder = tempFolder();
    await using npm = new KeywrightProcess({ npm: root, env: { KEYWRIGHT_DATA: folder.path } });
    const url = await npm.listening();
    const { token } = await setUp(npm);
    const half = await halfRequest(url, token, '{"name":"behind npm"}');
    const ended = npm.endGroup('SIGINT');
    await until(() => npm.stdout.includes('SIGINT: finishing requests'), { what: 'the signal to arrive' });
    // Two that come before the process looks are one to it; so that it sees another for sure, it gets some more now.
    let more = 0;
    const press = () => {
      npm.endGroup('SIGINT');
      return ++more === 5;
    };
    await until(press, { what: 'some more signals to be sent' });
    assert.match(await half.finish(), /^HTTP\/1\.1 201 /);
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    assert.ok(stdout.endsWith(STOPPED));
  });
});

interface Place extends AsyncDisposable {
  env: Record<string, string>;
}

async function makePlace(kind: DatabaseKind): Promise<Place> {
  const owned = new AsyncDisposableStack();
  const env: Record<string, string> = { KEYWRIGHT_DATA: owned.use(tempFolder()).path };
  if (kind === 'postgres') env.DATABASE_URL = owned.use(await freshDatabase()).url;
  return { env, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A request to create a key whose body has not come yet; the server has its head. */
async function halfRequest(url: string, token: Owner['token'], body: string) {
  const { hostname, port, host } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  socket.setEncoding('utf8').on('error', () => {});
  const head = [
    'POST /v1/access-keys HTTP/1.1',
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const [interim] = await once(socket, 'data');
  assert.match(interim, /^HTTP\/1\.1 100 Continue/);
  return {
    async finish(): Promise<string> {
      let heard = '';
      socket.on('data', text => {
        heard += text;
      });
      socket.write(body);
      if (!socket.closed) await once(socket, 'close');
      return heard;
    },
  };
}

/** Asks one question after the other on one connection, until nobody listens any more. */
function askForEver(url: string, token: string): { answers: number[]; done: Promise<void> } {
  const answers: number[] = [];
  const go = async () => {
    for (;;) answers.push(await ask(url, token));
  };
  const done = go().catch(error => {
    assert.ok(error instanceof TypeError, String(error));
  });
  return { answers, done };
}

async function ask(url: string, token: string): Promise<number> {
  const { status, body } = await fetch(`${url}/v1/auth`, { headers: { authorization: `Bearer ${token}` } });
  await body?.cancel();
  return status;
}
