import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type KeyId, newKeyId, newKeyIds } from '@keywright/core';
import { ExistingKeys } from './existing-keys.ts';

const FLOOD = { keysMin: 10, ms: 1000, askedASecond: 2 };

/** A server with keys in pages, each of which it answers when it is told to. */
function listing(...pages: KeyId[][]) {
  const asked: PromiseWithResolvers<KeyId[]>[] = [];
  const existing = new ExistingKeys(async function* () {
    for (const _ of pages) {
      const page = Promise.withResolvers<KeyId[]>();
      asked.push(page);
      yield page.promise;
    }
  }, FLOOD);
  const answer = async () => {
    await setImmediate();
    asked.at(-1)?.resolve(pages[(asked.length - 1) % pages.length] ?? []);
    await turns();
  };
  return { existing, asked, answer };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await setImmediate();
}

const asksFor = (existing: ExistingKeys, keys: readonly KeyId[], at: number) =>
  keys.filter(key => existing.mayAsk(key, at)).length;

test('each key is asked for, until there is a flood; then those that exist, and a few others each second', async () => {
  const [first, second, invented] = [
    newKeyIds(20, randomBytes),
    newKeyIds(20, randomBytes),
    newKeyIds(20, randomBytes),
  ];
  const { existing, asked, answer } = listing(first, second);
  existing.missed(9, 0);
  assert.deepEqual([asksFor(existing, invented, 0), asked.length], [20, 0]);
  existing.missed(1, 999);
  await answer();
  assert.equal(asksFor(existing, invented, 1000), 20);
  existing.missed(50, 1000);
  await answer();
  assert.equal(asked.length, 2);
  assert.equal(asksFor(existing, [...first, ...second], 1000), 40);
  assert.deepEqual([asksFor(existing, invented, 1000), asksFor(existing, invented, 1999)], [2, 0]);
  assert.deepEqual([asksFor(existing, invented, 2000), existing.unasked], [2, 18 + 20 + 18]);
  existing.missed(50, 10_000);
  assert.equal(asked.length, 2);
});

test('what is missing now and then is no flood', async () => {
  const { existing, asked } = listing([]);
  for (let at = 0; at < 100_000; at += FLOOD.ms) existing.missed(9, at);
  await setImmediate();
  assert.equal(asked.length, 0);
});

for (const [when, changes] of [
  ['before its page is read', [true, false, false]],
  ['after its page was read', [false, true, false]],
  ['when all are listed', [false, false, true]],
] as const)
  test(`a key that is made ${when} is asked for`, async () => {
    const { existing, answer } = listing([], []);
    const key = newKeyId(randomBytes);
    existing.missed(10, 0);
    for (const isMade of changes) {
      if (isMade) existing.add(key);
      await answer();
    }
    assert.equal(existing.mayAsk(key, 0), true);
    // So is none that was not.
    assert.equal(asksFor(existing, newKeyIds(20, randomBytes), 0), 2);
  });

test('a list that comes after another history has begun counts nothing, and the next one does', async () => {
  const { existing, asked, answer } = listing([]);
  const invented = newKeyIds(20, randomBytes);
  existing.missed(10, 0);
  await setImmediate();
  existing.forget();
  await answer();
  assert.deepEqual([asksFor(existing, invented, 0), asked.length], [20, 1]);
  existing.missed(10, 500);
  await answer();
  assert.deepEqual([asksFor(existing, invented, 1000), asked.length], [2, 2]);
  existing.forget();
  assert.equal(asksFor(existing, invented, 1000), 20);
});

test('of two lists the one that was begun before the history changed counts nothing, whichever comes last', async () => {
  const { existing, asked, answer } = listing([]);
  existing.missed(10, 0);
  await setImmediate();
  existing.forget();
  existing.missed(10, 1000);
  await answer();
  asked[0]?.resolve([]);
  await turns();
  assert.equal(asksFor(existing, newKeyIds(20, randomBytes), 1000), 2);
});

test('however long it takes, one list is read at a time', async () => {
  const { existing, asked, answer } = listing([], [], []);
  for (let at = 0; at < 3000; at += 500) {
    existing.missed(10, at);
    await turns();
  }
  assert.equal(asked.length, 1);
  for (let page = 0; page < 3; page++) await answer();
  assert.deepEqual([asksFor(existing, newKeyIds(20, randomBytes), 3000), asked.length], [2, 3]);
});

test('once stopped it lists nothing, nor goes on with it', async () => {
  const { existing, asked, answer } = listing([], []);
  existing.missed(10, 0);
  await setImmediate();
  existing.stop();
  await answer();
  existing.missed(10, 1000);
  await turns();
  assert.equal(asked.length, 1);
});

test('without a list each is asked for, and it is tried again after a while only', async () => {
  const { existing, asked, answer } = listing([]);
  existing.missed(10, 0);
  await setImmediate();
  asked[0]?.reject(new Error('it broke'));
  await setImmediate();
  existing.missed(1000, 999);
  await setImmediate();
  assert.deepEqual([asksFor(existing, newKeyIds(20, randomBytes), 999), asked.length], [20, 1]);
  assert.equal(existing.error?.message, 'it broke');
  existing.missed(10, 1000);
  await answer();
  assert.deepEqual([asksFor(existing, newKeyIds(20, randomBytes), 1000), asked.length], [2, 2]);
  assert.equal(existing.error, undefined);
});

test('when more keys were made than it has room for, each is asked for again', async () => {
  const { existing, answer } = listing([]);
  existing.missed(10, 0);
  await answer();
  const made = newKeyIds(20_000, randomBytes);
  for (const key of made) existing.add(key);
  assert.equal(asksFor(existing, newKeyIds(20, randomBytes), 0), 20);
});
