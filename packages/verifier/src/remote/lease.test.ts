import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lease, type Moment } from './lease.ts';

const at = (ms: number): Moment => ({ steady: ms, wall: 1e12 + ms });
const place = (sequence: number) => ({ sequence, hash: '' });
const isStale = (lease: Lease, ms: number) => lease.isStale(ms, 1e12 + ms);

function leaseOf2s(): Lease {
  const lease = new Lease(2000);
  lease.begin(place(10));
  return lease;
}

test('it runs from when the server was asked, not from its answer', () => {
  const lease = leaseOf2s();
  assert.equal(isStale(lease, 0), true);
  lease.answered(at(100), 10, at(1900));
  assert.deepEqual([isStale(lease, 2100), isStale(lease, 2101)], [false, true]);
  assert.equal(lease.lagMs, 1800);
});

test('it begins once the feed has come as far as the server said', () => {
  const lease = leaseOf2s();
  lease.answered(at(0), 12, at(10));
  lease.reach(place(11), at(20));
  assert.equal(isStale(lease, 20), true);
  lease.reach(place(12), at(30));
  assert.equal(isStale(lease, 30), false);
  assert.equal(lease.lagMs, 30);
});

test('answers that come late or twice do not shorten it', () => {
  const lease = leaseOf2s();
  lease.answered(at(1000), 10, at(1010));
  lease.answered(at(0), 10, at(1020));
  assert.equal(isStale(lease, 3000), false);
});

test('what was said before a new beginning does not count for it', () => {
  const lease = leaseOf2s();
  lease.answered(at(0), 12, at(10));
  lease.begin(place(5));
  lease.reach(place(12), at(20));
  assert.equal(isStale(lease, 20), true);
});

test('a feed that never catches up: the oldest answers are kept, and a bounded number', () => {
  const lease = leaseOf2s();
  for (let n = 0; n < 1000; n++) lease.answered(at(n), 11 + n, at(n));
  lease.reach(place(11), at(1000));
  assert.equal(lease.ageMs(1000, 1e12 + 1000), 1000);
  lease.reach(place(5000), at(1000));
  assert.equal(lease.ageMs(1000, 1e12 + 1000), 985);
});

test('a machine that slept is stale by the clock on the wall, one whose clock was put back by the other', () => {
  const lease = leaseOf2s();
  lease.answered(at(0), 10, at(0));
  assert.equal(lease.isStale(10, 1e12 + 3_600_000), true);
  assert.equal(lease.isStale(2001, 1e12 - 3_600_000), true);
  assert.equal(lease.isStale(Number.NaN, 1e12), true);
});
