import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Client, createClient } from '@keywright/contract';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

const ROUNDS = 30;

describe('keywright serve --workers 2', () => {
  test('a key that was deactivated with a receipt is refused by every worker, and so is each that was changed elsewhere', async () => {
    await using server = await startWorkers();
    const { client, url } = server;
    const nodes = await until(async () => {
      const { items } = await client.listVerifiers();
      return items.length === 2 && items;
    });
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const { key, token } = await client.createAccessKey();
      assert.deepEqual(await verifyOnAll(url, token), [204]);
      const { receipt } = await client.deactivateAccessKey({ key, wait: 'all' });
      assert.equal(receipt?.complete, true);
      for (const { id } of receipt.acknowledged) seen.add(id);
      assert.deepEqual(await verifyOnAll(url, token), [401]);
    }
    assert.deepEqual([...seen].sort(), nodes.map(({ id }) => id).sort());
    const { intact, events } = await client.checkEvents();
    assert.ok(intact && events >= 2 * ROUNDS);
  });

  test('a worker that dies is replaced, and nothing that it acknowledged is lost', async () => {
    await using server = await startWorkers();
    const { client } = server;
    const made: string[] = [];
    for (let round = 0; round < 5; round++) {
      const nodes = await nodesOf(client, 2);
      const keys = await Promise.allSettled(Array.from({ length: 10 }, () => client.createAccessKey()));
      process.kill(nodes[round % 2]?.pid ?? 0, 'SIGKILL');
      made.push(...keys.flatMap(one => (one.status === 'fulfilled' ? [one.value.key] : [])));
      const killed = nodes[round % 2]?.pid;
      await until(async () => (await nodesOf(client, 2)).every(({ pid }) => pid !== killed), { ms: 60_000 });
    }
    assert.ok(made.length >= 50);
    for (const key of made) assert.equal((await client.getAccessKey({ key })).state, 'active');
    assert.equal((await client.checkEvents()).intact, true);
    const ended = await server.process.end('SIGTERM');
    assert.equal(ended.code, 0, ended.stderr);
  });

  test('when their parent is killed they end, too, and the data folder is free', async () => {
    await using server = await startWorkers();
    const nodes = await nodesOf(server.client, 2);
    await server.process.end('SIGKILL');
    await until(() => nodes.every(({ pid }) => !isAlive(pid)));
    await using next = new KeywrightProcess({ env: { KEYWRIGHT_DATA: server.data } });
    await next.listening();
  });

  test('what a person can mend is one sentence', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path };
    for (const workers of ['0', '65', 'two', '1.5']) {
      await using wrong = new KeywrightProcess({ words: ['serve', '--workers', workers], env });
      const { code, stderr } = await wrong.ended;
      assert.match(stderr, /^The number of workers .* must be from 1 to 64, not ".*"\.\n$/);
      assert.equal(code, 1);
    }
    await using first = new KeywrightProcess({ env });
    const { port } = new URL(await first.listening());
    await using second = new KeywrightProcess({ words: ['serve', '--workers', '2'], env });
    assert.match((await second.ended).stderr, /^Another Keywright is running on the data folder .*\n$/);
    using other = tempFolder();
    const taken = { KEYWRIGHT_DATA: other.path, KEYWRIGHT_PORT: port };
    await using third = new KeywrightProcess({ words: ['serve', '--workers', '2'], env: taken });
    const { code, stderr } = await third.ended;
    assert.match(stderr, /^Port \d+ on 127\.0\.0\.1 is taken\. .*\n$/);
    assert.equal(code, 1);
  });
});

async function startWorkers() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(tempFolder());
  const server = stack.use(
    new KeywrightProcess({ words: ['serve', '--workers', '2'], env: { KEYWRIGHT_DATA: folder.path } }),
  );
  const { token } = await setUp(server);
  const url = await server.listening();
  const client = createClient({ server: url, token });
  return { client, url, process: server, data: folder.path, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The workers by the processes that they are. */
async function nodesOf(client: Client, count: number): Promise<{ id: string; pid: number }[]> {
  const nodes = async () => {
    const { items } = await client.listVerifiers();
    return items.length === count && items.map(({ id, name }) => ({ id, pid: Number(name?.split(':').at(-1)) }));
  };
  return until(nodes, { ms: 60_000 });
}

/** The different answers of forward-auth over so many connections that each worker has some of them. */
async function verifyOnAll(url: string, token: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-method': 'GET', connection: 'close' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${url}/v1/auth`, { headers })));
  return [...new Set(answers.map(({ status }) => status))];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
