import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type KeyId, newKeyId, newKeyIds } from '@keywright/core';
import fc from 'fast-check';
import { UnknownKeys } from './unknown-keys.ts';

const MAX = 10;

describe('keys that do not exist', () => {
  test('are remembered until as many others came', () => {
    const unknown = new UnknownKeys(MAX);
    const keys = newKeyIds(1000, randomBytes);
    for (const [n, key] of keys.entries()) {
      assert.equal(unknown.has(key), false);
      unknown.add(key);
      const latest = keys.slice(Math.max(0, n + 1 - MAX / 2), n + 1);
      assert.ok(latest.every(one => unknown.has(one)));
      assert.ok(unknown.size <= MAX);
    }
    assert.equal(keys.filter(key => unknown.has(key)).length, unknown.size);
    unknown.clear();
    assert.deepEqual([unknown.size, keys.some(key => unknown.has(key))], [0, false]);
  });

  test('the first and the last of all keys are keys like others', () => {
    const unknown = new UnknownKeys(MAX);
    const [first, last] = [`KW${'A'.repeat(18)}`, `KW${'7'.repeat(18)}`] as [KeyId, KeyId]; // ids in their form
    assert.deepEqual([unknown.has(first), unknown.has(last)], [false, false]);
    unknown.add(first);
    assert.deepEqual([unknown.has(first), unknown.has(last)], [true, false]);
    unknown.add(last);
    unknown.delete(first);
    assert.deepEqual([unknown.has(first), unknown.has(last), unknown.size], [false, true, 1]);
  });

  test('in any order of coming and going, none is there that was not added, and none that was deleted', () => {
    const keys = Array.from({ length: 30 }, () => newKeyId(randomBytes));
    const step = fc.record({ deletes: fc.boolean(), key: fc.constantFrom(...keys) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const unknown = new UnknownKeys(MAX);
        const added = new Set<KeyId>();
        for (const { deletes, key } of steps) {
          if (deletes) {
            unknown.delete(key);
            added.delete(key);
          } else if (!unknown.has(key)) {
            unknown.add(key);
            added.add(key);
          }
          assert.ok(deletes || unknown.has(key));
          const there = keys.filter(one => unknown.has(one));
          assert.ok(there.length === unknown.size && there.every(one => added.has(one)));
        }
      }),
    );
  });
});
