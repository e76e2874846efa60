import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../support/ports.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { nodesOf, startWorkers } from './start-workers.ts';

const ROUNDS = 30;
const STALE_MS = 2000;
/** So many connections that all lead to one of two workers once in ten million times. */
const LINES = 24;

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
      const before = await Promise.all(Array.from({ length: 10 }, () => client.createAccessKey()));
      made.push(...before.map(({ key }) => key));
      const creating = Array.from({ length: 20 }, () => client.createAccessKey());
      // In the middle: some are acknowledged, others are under way.
      await Promise.any(creating);
      process.kill(nodes[round % 2]?.pid ?? 0, 'SIGKILL');
      const keys = await Promise.allSettled(creating);
      made.push(...keys.flatMap(one => (one.status === 'fulfilled' ? [one.value.key] : [])));
      const killed = nodes[round % 2]?.pid;
      await until(async () => (await nodesOf(client, 2)).every(({ pid }) => pid !== killed), { ms: 60_000 });
    }
    assert.ok(made.length > 50);
    for (const key of made) assert.equal((await client.getAccessKey({ key })).state, 'active');
    assert.equal((await client.checkEvents()).intact, true);
    const ended = await server.process.end('SIGTERM');
    assert.equal(ended.code, 0, ended.stderr);
  });

  test('more of them that die at once than may end at their start are replaced', async () => {
    const count = 6;
    await using server = await startWorkers({}, count);
    const killed = await nodesOf(server.client, count);
    for (const { pid } of killed) process.kill(pid, 'SIGKILL');
    const isNew = ({ id }: { id: string }) => killed.every(dead => dead.id !== id);
    await until(async () => (await nodesOf(server.client, count)).every(isNew), { ms: 60_000 });
  });

  test('whoever asks while a worker dies is answered by the others, or told at once', async () => {
    await using server = await startWorkers({ KEYWRIGHT_LOG: 'info' });
    for (let round = 0; round < 3; round++) {
      const nodes = await nodesOf(server.client, 2);
      const [killed] = nodes;
      // Others know of one before it listens, and says so.
      await until(() => nodes.every(({ id }) => server.process.stderr.includes(id)));
      const asked = () =>
        fetch(`${server.url}/v1/auth`, { signal: AbortSignal.timeout(20_000), headers: { connection: 'close' } });
      const early = Array.from({ length: 5 }, asked);
      process.kill(killed?.pid ?? 0, 'SIGKILL');
      const settled = await Promise.allSettled([...early, ...Array.from({ length: 15 }, asked)]);
      // A connection that the dead one had taken breaks; none is left without a word.
      for (const one of settled) assert.notEqual(one.status === 'rejected' && one.reason.name, 'TimeoutError');
      assert.ok(settled.some(one => one.status === 'fulfilled' && one.value.status === 401));
      await until(async () => (await nodesOf(server.client, 2)).every(({ pid }) => pid !== killed?.pid), {
        ms: 60_000,
      });
    }
  });

  test('one that was stopped for longer than others count on it decides by nothing old when it goes on', async t => {
    // Which answers later than SQLite: what has come in meanwhile is looked at first.
    await using database = await freshDatabase();
    await using server = await startWorkers({ DATABASE_URL: database.url, KEYWRIGHT_STALE_MAX_MS: String(STALE_MS) });
    const { client, url, adminToken } = server;
    const { key, token } = await client.createAccessKey();
    const lines = Array.from({ length: LINES }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    t.after(() => {
      for (const line of lines) line.destroy();
    });
    const asOn = (line: Agent) => statusOn(line, `${url}/v1/auth`, token);
    // Afterwards each worker remembers the key.
    assert.deepEqual(new Set(await Promise.all(lines.map(asOn))), new Set([204]));
    const [stopped] = await nodesOf(client, 2);
    process.kill(stopped?.pid ?? 0, 'SIGSTOP');
    const answered = new Map<Agent, number>();
    const all = lines.map(async line => {
      answered.set(line, await asOn(line));
    });
    const [line] = await until(() => answered.size > 0 && [...answered.keys()]);
    const change = `${url}/v1/access-keys/${key}/deactivate?wait=all&waitMs=20000`;
    // The receipt comes when the stopped one counts no more.
    assert.equal(await statusOn(line as Agent, change, adminToken, 'POST'), 200);
    const before = answered.size;
    assert.ok(before < lines.length, 'no line led to the worker that was stopped');
    process.kill(stopped?.pid ?? 0, 'SIGCONT');
    await Promise.all(all);
    assert.deepEqual(new Set([...answered.values()].slice(before)), new Set([401]));
  });

  test('when their parent is killed they end, too, and the data folder is free', async () => {
    await using server = await startWorkers();
    const nodes = await nodesOf(server.client, 2);
    await server.process.end('SIGKILL');
    await until(() => nodes.every(({ pid }) => !isAlive(pid)));
    await using next = new KeywrightProcess({ env: { KEYWRIGHT_DATA: server.data } });
    await next.listening();
  });

  test('of two that start at once on one port, one listens', async () => {
    using folders = tempFolder();
    const port = String(await freePort());
    const starts = ['one', 'two'].map(name => {
      const env = { KEYWRIGHT_DATA: join(folders.path, name), KEYWRIGHT_PORT: port };
      return new KeywrightProcess({ words: ['serve', '--workers', '2'], env });
    });
    await using stack = new AsyncDisposableStack();
    for (const one of starts) stack.use(one);
    const settled = await Promise.allSettled(starts.map(one => one.listening()));
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    const refused = starts[settled.findIndex(({ status }) => status === 'rejected')] ?? assert.fail();
    assert.match((await refused.ended).stderr, /^Port \d+ on 127\.0\.0\.1 is taken\. .*\n$/);
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

/** The status of one request over this line. */
function statusOn(agent: Agent, url: string, token: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-method': 'GET' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, answer =>
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0)),
    );
    sent.on('error', reject).end();
  });
}

/** The different answers of forward-auth over so many connections that each worker has some of them. */
async function verifyOnAll(url: string, token: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-method': 'GET', connection: 'close' };
  const answers = await Promise.all(Array.from({ length: LINES }, () => fetch(`${url}/v1/auth`, { headers })));
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
