import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { openStore, usedDaysOf } from '@keywright/store';
import { freshDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { type Node, type Nodes, startNodes, statusAt } from './start-nodes.ts';

const NODES = 3;
const STALE_MS = 3000;

const VERIFIER = `ver_${'a'.repeat(20)}`;

describe('receipts of three nodes on one PostgreSQL', () => {
  let server: Nodes;
  let one: Node;
  let other: Node;
  let third: Node;
  const stack = new AsyncDisposableStack();
  before(async () => {
    const { url } = stack.use(await freshDatabase());
    server = stack.use(await startNodes(NODES, url, { KEYWRIGHT_STALE_MAX_MS: String(STALE_MS) }));
    [one, other, third] = server.nodes as [Node, Node, Node]; // as many as were started
  });
  after(() => stack.disposeAsync());

  test('whoever has one finds the key dead at every node', t => revokeMany(t, server, 25, 400));

  test('a node that stood still for longer than its lease is not waited for, and lets no dead key pass when it goes on', async t => {
    const { key, token } = await one.client.createAccessKey();
    assert.equal(await statusAt(other.url, token), 204);
    t.after(() => process.kill(other.process.pid, 'SIGCONT'));
    process.kill(other.process.pid, 'SIGSTOP');
    const asked = Array.from({ length: 10 }, (): Promise<number> => statusAt(other.url, token));
    const early = await one.client.deactivateAccessKey({ key, wait: 'all', waitMs: 100 });
    assert.equal(early.receipt?.complete, false);
    const { receipt } = await one.client.deactivateAccessKey({ key, wait: 'all', waitMs: 20_000 });
    assert.equal(receipt?.complete, true);
    assert.equal(receipt.acknowledged.filter(({ lapsed }) => lapsed).length, 1);
    process.kill(other.process.pid, 'SIGCONT');
    assert.deepEqual(new Set(await Promise.all(asked)), new Set([401]));
    assert.equal(await statusAt(other.url, token), 401);
    await until(async () => (await one.client.listVerifiers()).items.length === NODES, { what: 'it to be back' });
    await revoke(server, 0);
  });

  test('a verifier at another node is waited for from when it has joined, wherever it says what it knows', async () => {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${server.token}` };
    const stream = await fetch(`${other.url}/v1/verifiers/changes?verifier=${VERIFIER}&staleMaxMs=60000`, { headers });
    assert.equal(stream.status, 200);
    const { key } = await one.client.createAccessKey();
    const { receipt } = await one.client.deactivateAccessKey({ key, wait: 'all', waitMs: 300 });
    // A node that is late is named, too.
    const missing = receipt?.missing.filter(({ kind }) => kind === 'verifier');
    assert.deepEqual(missing, [{ kind: 'verifier', id: VERIFIER, name: null }]);
    const waiting = other.client.activateAccessKey({ key, wait: 'all', waitMs: 20_000 });
    const { sequence } = await until(async () => {
      const changes = await third.client.readChanges({ after: receipt?.sequence ?? assert.fail() });
      return changes.changes.length > 0 && changes;
    });
    assert.equal((await third.client.acknowledgeChanges({ verifier: VERIFIER, sequence })).sequence, sequence);
    assert.equal((await waiting).receipt?.complete, true);
    await one.client.disconnectVerifier({ verifier: VERIFIER });
    const { receipt: without } = await other.client.deactivateAccessKey({ key, wait: 'all', waitMs: 20_000 });
    assert.deepEqual([without?.complete, without?.acknowledged.length], [true, NODES]);
    await stream.body?.cancel();
  });

  test('a batch of uses that was reported to one node is not counted again by another', async () => {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${server.token}` };
    const stream = await fetch(`${other.url}/v1/verifiers/changes?verifier=${VERIFIER}`, { headers });
    const { key } = await one.client.createAccessKey();
    const uses = [{ key, count: 7, at: new Date().toISOString() }];
    for (const { client } of [one, other, one]) await client.reportUses({ verifier: VERIFIER, batch: 1, uses });
    await other.client.reportUses({ verifier: VERIFIER, batch: 2, uses });
    const store = stack.use(await openStore(server.database));
    const days = await usedDaysOf(store.db, key, 0);
    assert.deepEqual(
      days.map(({ count }) => count),
      [14],
    );
    await one.client.disconnectVerifier({ verifier: VERIFIER });
    await stream.body?.cancel();
    // Also where it had joined nobody waits for it.
    const { receipt } = await other.client.deactivateAccessKey({ key, wait: 'all', waitMs: 20_000 });
    assert.deepEqual([receipt?.complete, receipt?.acknowledged.length], [true, NODES]);
  });

  test('one that was stopped is not waited for; one that was killed is, until its lease is over', async () => {
    assert.equal((await third.process.end('SIGTERM')).code, 0);
    const { key } = await one.client.createAccessKey();
    const { receipt: without } = await one.client.deactivateAccessKey({ key, wait: 'all' });
    assert.deepEqual([without?.complete, without?.acknowledged.length], [true, NODES - 1]);
    await other.process.end('SIGKILL');
    const { receipt } = await one.client.activateAccessKey({ key, wait: 'all', waitMs: 20_000 });
    assert.equal(receipt?.complete, true);
    assert.deepEqual(receipt.acknowledged.map(({ lapsed }) => lapsed).sort(), [false, true]);
    assert.ok(receipt.ms > STALE_MS / 3 && receipt.ms < 2 * STALE_MS, `${receipt.ms} ms`);
    assert.equal((await one.client.listVerifiers()).items.length, 1);
  });
});

test('without NOTIFY, whoever has a receipt finds the key dead at every node, too', async t => {
  await using database = await freshDatabase();
  await using server = await startNodes(NODES, database.url, { KEYWRIGHT_NOTIFY: 'off' });
  await revokeMany(t, server, 6, 1500);
});

async function revokeMany(t: TestContext, server: Nodes, rounds: number, msMax: number): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) took.push(await revoke(server, round));
  took.sort((a, b) => a - b);
  const middle = took[rounds >> 1] ?? 0;
  t.diagnostic(`${middle} ms in the middle, ${took.at(-1)} ms at the most`);
  assert.ok(middle < msMax);
}

/** Takes a key away at one node with a receipt, while it is used at all others. Answers how long the receipt took. */
async function revoke({ nodes }: Nodes, round: number): Promise<number> {
  const at = nodes[round % NODES];
  assert.ok(at);
  const { key, token } = await at.client.createAccessKey();
  assert.deepEqual(await Promise.all(nodes.map(({ url }) => statusAt(url, token))), [204, 204, 204]);
  let isDead = false;
  const users = nodes.map(async ({ url }) => {
    for (let after = 0; after < 3; ) {
      const wasDead = isDead;
      const status = await statusAt(url, token);
      if (wasDead) assert.equal(status, 401);
      if (wasDead) after++;
    }
  });
  const { receipt } = await at.client.deactivateAccessKey({ key, wait: 'all' });
  isDead = true;
  await Promise.all(users);
  assert.equal(receipt?.complete, true);
  assert.deepEqual(
    receipt.acknowledged.map(({ kind, lapsed }) => [kind, lapsed]),
    nodes.map(() => ['node', false]),
  );
  return receipt.ms;
}
