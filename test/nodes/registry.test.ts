import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { limits } from '@keywright/core';
import { deleteNode, openStore, type Store } from '@keywright/store';
import { pino } from 'pino';
import type { Announced } from '../../packages/server/src/follower.ts';
import { Lease, moment } from '../../packages/server/src/lease.ts';
import { Registry } from '../../packages/server/src/registry.ts';
import { freshDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const LEASE_MS = 60_000;
const log = pino({ level: 'silent' });

describe('nodes on one PostgreSQL hear of each other', () => {
  const stack = new AsyncDisposableStack();
  let store: Store;
  let started = 0;
  before(async () => {
    store = stack.use(await openStore(stack.use(await freshDatabase()).url));
  });
  after(() => stack.disposeAsync());

  /** A node whose clock can be put forward. */
  async function startNode(of: Store = store, mark = 'one secret') {
    const heard = new Map<string, Omit<Announced, 'seenAt'>>();
    const lease = new Lease(LEASE_MS, true);
    const registry = new Registry(of, of.words ?? assert.fail(), lease, log, mark);
    const node = nodeNamed(`nod_${++started}`);
    await registry.start(node, {
      heard: one => heard.set(one.id, one),
      gone: id => heard.delete(id),
      isWaiting: () => false,
    });
    lease.read(moment());
    stack.defer(() => registry.stop());
    return { id: node.id, node, registry, lease, heard };
  }

  /** The steady clock of this process, and so of all nodes here, goes ahead by that. */
  function putForward(t: TestContext, ms: number): void {
    const now = performance.now.bind(performance);
    t.mock.method(performance, 'now', () => now() + ms);
  }

  test('what one says, the others hear; one that stops is gone at once', async () => {
    const [one, other] = [await startNode(), await startNode()];
    await one.registry.say({ ...one.node, sequence: 7, lagMs: 3, entries: 2 }, true);
    await other.registry.hear();
    const { sequence, lagMs, entries, name, staleMaxMs } = other.heard.get(one.id) ?? assert.fail();
    assert.deepEqual([sequence, lagMs, entries, name, staleMaxMs], [7, 3, 2, one.node.name, LEASE_MS]);
    assert.equal(other.heard.has(other.id), false);
    await one.registry.stop();
    await other.registry.hear();
    assert.equal(other.heard.has(one.id), false);
  });

  test('one that is silent for longer than its lease is given up, and one that spoke in between is not', async t => {
    const [one, spoke, silent] = [await startNode(), await startNode(), await startNode()];
    await one.registry.hear();
    assert.deepEqual(
      [spoke.id, silent.id].map(id => one.heard.has(id)),
      [true, true],
    );
    await spoke.registry.say(spoke.node, false);
    // A word may have renewed its lease and be lost with a crash of PostgreSQL.
    putForward(t, LEASE_MS + 1);
    await one.registry.hear();
    assert.ok(one.heard.has(silent.id));
    putForward(t, 2 * limits.heartbeatMs);
    await one.registry.hear();
    assert.deepEqual(
      [spoke.id, silent.id].map(id => one.heard.has(id)),
      [true, false],
    );
    const rows = async () => (await store.words?.hear())?.map(({ id }) => id) ?? [];
    await until(async () => !(await rows()).includes(silent.id), { what: 'its row to go' });
    assert.ok((await rows()).includes(spoke.id));
    // What it remembers counts for nothing until it has read what was changed meanwhile.
    await silent.registry.say(silent.node, false);
    assert.equal(silent.lease.isOver(), true);
    silent.lease.read(moment());
    assert.equal(silent.lease.isOver(), false);
    await one.registry.hear();
    assert.ok(one.heard.has(silent.id), 'it is counted on again');
  });

  test('one whose row was taken away by mistake begins anew with its next word', async () => {
    const [one, other] = [await startNode(), await startNode()];
    await store.transact(tx => deleteNode(tx, other.id));
    await other.registry.say(other.node, false);
    await one.registry.hear();
    assert.ok(one.heard.has(other.id));
  });

  test('words that could not be said are said later, and their lease is not longer for it', async t => {
    const broken = { ...store, words: { ...(store.words ?? assert.fail()) } };
    const { registry, node, lease } = await startNode(broken);
    const say = t.mock.method(broken.words, 'say', () => Promise.reject(new Error('away')));
    await assert.rejects(registry.say({ ...node, sequence: 9 }, true), /away/);
    putForward(t, LEASE_MS + 1);
    assert.equal(lease.isOver(), true);
    say.mock.restore();
    await registry.say({ ...node, sequence: 10 }, false);
    const row = (await store.words?.hear())?.find(({ id }) => id === node.id);
    assert.equal(row?.sequence, 10);
  });

  test('one of another secret does not start beside one that lives, and leaves nothing behind', async () => {
    await using database = await freshDatabase();
    await using store = await openStore(database.url);
    const { node, registry } = await startNode(store);
    const speaking = setInterval(() => registry.say(node, false).catch(() => {}), 500);
    try {
      await assert.rejects(startNode(store, 'another secret'), {
        name: 'Error',
        message: `The node ${node.name} on the same database has another secret: give all nodes of a database the same KEYWRIGHT_SECRET, or a copy of the file "secret" of one data folder.`,
      });
    } finally {
      clearInterval(speaking);
    }
    assert.deepEqual(
      (await store.words?.hear())?.map(({ id }) => id),
      [node.id],
    );
    await registry.stop();
  });

  test('one of another secret starts beside one that has died without a word, and beside those of versions that left no mark', async () => {
    await using database = await freshDatabase();
    await using store = await openStore(database.url);
    const { id } = await startNode(store);
    await startNode(store, 'another secret');
    await store.transact(tx => tx.updateTable('nodes').set({ secret_mark: null }).where('id', '!=', id).execute());
    const began = performance.now();
    await startNode(store);
    assert.ok(performance.now() - began < 2000, 'nobody is waited for');
  });

  test('of two that start at the same moment with two secrets not both go on', async t => {
    await using database = await freshDatabase();
    await using store = await openStore(database.url);
    const startSpeaking = async (mark?: string) => {
      const { node, registry } = await startNode(store, mark);
      const timer = setInterval(() => registry.say(node, false).catch(() => {}), 500);
      t.after(() => clearInterval(timer));
    };
    const started = await Promise.allSettled([startSpeaking(), startSpeaking('another secret')]);
    assert.ok(started.some(({ status }) => status === 'rejected'));
  });
});

function nodeNamed(id: string): Announced {
  const nobody = { account: null, project: null, by: null, onStale: null, hitRate: null };
  const said = { connectedAt: 0, seenAt: 0, sequence: 0, lagMs: null, entries: null, staleMaxMs: LEASE_MS };
  return { kind: 'node', id, name: `keys:${id}`, version: '1.0.0', ...nobody, ...said };
}
