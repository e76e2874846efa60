import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { Lease, moment } from './lease.ts';

const MS = 2000;

describe('the lease of a node', () => {
  let steady = 0;
  let wall = 0;
  beforeEach(() => {
    [steady, wall] = [1_000_000, 1_800_000_000_000];
    mock.method(performance, 'now', () => steady);
    mock.method(Date, 'now', () => wall);
  });
  afterEach(() => mock.restoreAll());
  const pass = (ms: number) => {
    steady += ms;
    wall += ms;
  };

  test('begins with a reading, and is over when nothing was read for so long', () => {
    const lease = new Lease(MS, false);
    assert.equal(lease.isOver(), true);
    lease.read(moment());
    assert.equal(lease.isOver(), false);
    pass(MS);
    assert.deepEqual([lease.isOver(), lease.ageMs], [false, MS]);
    pass(1);
    assert.equal(lease.isOver(), true);
    lease.read(moment());
    assert.equal(lease.isOver(), false);
  });

  test('counts from when it was asked, not from when the answer came', () => {
    const lease = new Lease(MS, false);
    const asked = moment();
    pass(MS + 1);
    lease.read(asked);
    assert.equal(lease.isOver(), true);
  });

  test('where others are to be told, is over when either was not done', () => {
    const lease = new Lease(MS, true);
    lease.read(moment());
    assert.equal(lease.isOver(), true, 'nobody counts on it yet');
    lease.told(moment(), moment());
    assert.equal(lease.isOver(), true, 'what was read before it was told may be outdated');
    lease.read(moment());
    assert.equal(lease.isOver(), false);
    pass(MS - 1);
    lease.read(moment());
    pass(2);
    assert.equal(lease.isOver(), true, 'it was not told');
    const began = moment();
    pass(5);
    lease.told(began, moment());
    assert.equal(lease.isOver(), true, 'the others had given it up');
    lease.read(began);
    assert.equal(lease.isOver(), true, 'that was read while they had');
    lease.read(moment());
    assert.equal(lease.isOver(), false);
  });

  test('goes on where it is told in time', () => {
    const lease = new Lease(MS, true);
    lease.told(moment(), moment());
    lease.read(moment());
    for (let n = 0; n < 5; n++) {
      pass(MS - 1);
      assert.equal(lease.isOver(), false);
      lease.told(moment(), moment());
      lease.read(moment());
    }
  });

  test('is over after a sleep of the machine, which only the clock on the wall shows', () => {
    const lease = new Lease(MS, false);
    lease.read(moment());
    wall += 3_600_000;
    assert.equal(lease.isOver(), true);
    lease.read(moment());
    assert.equal(lease.isOver(), false);
  });

  test('is not longer where the clock on the wall is put back', () => {
    const lease = new Lease(MS, false);
    lease.read(moment());
    wall -= 3_600_000;
    assert.equal(lease.isOver(), false);
    steady += MS + 1;
    assert.equal(lease.isOver(), true);
  });
});
