import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type KeyId, newKeyIds } from '@keywright/core';
import { hashesOf, KeyFilter } from './key-filter.ts';

const KEYS = 30_000;
const OTHERS = newKeyIds(100_000, randomBytes);

describe('a filter of keys', () => {
  const keys = newKeyIds(KEYS, randomBytes);
  const filter = new KeyFilter(KEYS);
  for (const some of [keys.slice(0, 7), keys.slice(7)]) filter.addHashes(hashesOf(some));

  test('has all keys that it was made for, and next to no others', () => {
    assert.deepEqual(
      keys.filter(key => !filter.has(key)),
      [],
    );
    assert.ok(othersIn(filter) <= 100, `${othersIn(filter)} of ${OTHERS.length}`);
  });

  test('has what comes later, too, until it is full', () => {
    const later = newKeyIds(KEYS, randomBytes);
    const added: KeyId[] = [];
    for (const key of later) {
      if (filter.isFull) break;
      filter.add(key);
      filter.add(key); // once more says nothing new
      added.push(key);
    }
    assert.ok(added.length >= KEYS / 2 && added.length < KEYS * 0.6, `${added.length}`);
    assert.deepEqual(
      [...keys, ...added].filter(key => !filter.has(key)),
      [],
    );
    assert.ok(othersIn(filter) <= 400, `${othersIn(filter)} of ${OTHERS.length}`);
  });

  test('of no keys has none, and room for some', () => {
    const empty = new KeyFilter(0);
    empty.addHashes(hashesOf([]));
    assert.deepEqual([othersIn(empty), empty.isFull], [0, false]);
    empty.add(keys[0] as KeyId); // there are some
    assert.equal(empty.has(keys[0] as KeyId), true);
  });
});

function othersIn(filter: KeyFilter): number {
  return OTHERS.filter(key => filter.has(key)).length;
}
