import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { limits } from '@keywright/core';
import { Bus } from './bus.ts';
import type { Verifying } from './follower.ts';
import { Followers } from './followers.ts';

const RECEIPTS = 500;
const ROUNDS = 9;
const VERIFIERS = 100;
const BY = 'sva_a';

test('hundreds of changes that wait for receipts make the word of a verifier hardly dearer', async t => {
  using bus = new Bus(false);
  const nothing = async () => {};
  const memory = { all: async () => [], has: async () => true, save: async () => true, forget: nothing };
  const self = { id: 'nod_a', name: null, version: null, staleMaxMs: limits.staleMsDefault };
  const followers = new Followers(bus, memory, self, Date.now);
  const waitedFor = await join('acc_a');
  const others = await join('acc_b');
  const alone = await msOf(waitedFor, 'acc_a');
  followers.reach(10);
  const receipts = Array.from({ length: RECEIPTS }, () =>
    followers.receipt({ account: 'acc_a' }, 10, performance.now(), limits.receiptWaitMsMax),
  );
  await setImmediate(); // until they wait
  const [ofOthers, beforeIt] = [await msOf(others, 'acc_b'), await msOf(waitedFor, 'acc_a')];
  t.diagnostic(`${alone} ms alone, ${ofOthers} ms where others are waited for, ${beforeIt} ms where these are`);
  for (const id of waitedFor) await followers.acknowledge({ account: 'acc_a', by: BY }, id, { sequence: 10 });
  for (const { complete, acknowledged } of await Promise.all(receipts))
    assert.deepEqual([complete, acknowledged.length], [true, waitedFor.length + 1]);
  assert.ok(ofOthers < 10 * alone, `${ofOthers} ms, and ${alone} ms alone`);
  assert.ok(beforeIt < 100 * alone, `${beforeIt} ms, and ${alone} ms alone`);

  async function join(account: string): Promise<string[]> {
    const ids = Array.from({ length: VERIFIERS }, (_, n) => `ver_${account}_${n}`);
    const about = { project: null, name: null, version: null, staleMaxMs: limits.staleMsMax, connectedAt: 0, by: BY };
    for (const id of ids) await followers.join({ ...about, id, account, onStale: 'refuse' } satisfies Verifying);
    return ids;
  }

  /** For some words of each of them, none of which is about what is waited for; the median of some rounds. */
  async function msOf(ids: readonly string[], account: string): Promise<number> {
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      for (const id of ids) await followers.acknowledge({ account, by: BY }, id, { sequence: 5 });
      rounds.push(performance.now() - began);
    }
    return rounds.sort((a, b) => a - b)[(ROUNDS - 1) / 2] ?? 0;
  }
});
