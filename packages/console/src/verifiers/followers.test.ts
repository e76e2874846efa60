import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Follower, newestOf, stateOf } from './followers.ts';

const AT = Date.UTC(2026, 10, 20, 12);
const follower = (kind: Follower['kind'], ago: number, more: Partial<Follower> = {}): Follower => ({
  kind,
  id: 'x',
  name: null,
  version: null,
  connectedAt: new Date(AT - 60_000).toISOString(),
  seenAt: new Date(AT - ago).toISOString(),
  sequence: 1,
  lagMs: 10,
  entries: 0,
  hitRate: null,
  staleMaxMs: 10_000,
  onStale: null,
  connected: true,
  ...more,
});

for (const [what, one, state] of [
  ['a node that has just been heard', follower('node', 0), 'connected'],
  ['a node that has not told how it stands', follower('node', 0, { lagMs: null }), 'connected'],
  ['a node that says that it reads no changes', follower('node', 0, { lagMs: 2500 }), 'behind'],
  ['a node that says nothing, as one that is cut off', follower('node', 6000), 'behind'],
  ['a node that must have stopped deciding', follower('node', 20_000, { connected: false }), 'silent'],
  ['a verifier that has just been heard', follower('verifier', 0), 'connected'],
  ['a verifier that is slow', follower('verifier', 0, { lagMs: 2500 }), 'connected'],
  ['a verifier that acknowledges nothing', follower('verifier', 6000), 'late'],
  ['a verifier that is gone', follower('verifier', 60_000, { connected: false }), 'silent'],
] as const)
  test(`${what} is ${state}`, () => {
    assert.equal(stateOf(one, newestOf([one, follower('node', 0)])), state);
  });
