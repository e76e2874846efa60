import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type KeyDigest, type KeyId, limits, newKeyId, type ProvableFacts } from '@keywright/core';
import { FactsCache } from './facts-cache.ts';
import { NO_ROW } from './key-table.ts';

/** Where the cache loads from, counting how often; what is asked for twice comes as two objects. */
class Source {
  readonly rows = new Map<KeyId, ProvableFacts>();
  loads = 0;

  add(more: Partial<ProvableFacts> = {}): KeyId {
    const facts = plainFacts(more);
    this.rows.set(facts.key, facts);
    return facts.key;
  }

  read = (key: KeyId): ProvableFacts | undefined => {
    this.loads++;
    const facts = this.rows.get(key);
    return facts && { ...facts };
  };
}

/** The same, but each answer waits until it is let go; it holds what was there when it was asked for. */
class SlowSource extends Source {
  readonly #waiting: PromiseWithResolvers<void>[] = [];

  readLater = async (key: KeyId): Promise<ProvableFacts | undefined> => {
    const facts = this.read(key);
    const gate = Promise.withResolvers<void>();
    this.#waiting.push(gate);
    await gate.promise;
    return facts;
  };

  answer(): void {
    this.#waiting.shift()?.resolve();
  }

  fail(error: Error): void {
    this.#waiting.shift()?.reject(error);
  }
}

function plainFacts(more: Partial<ProvableFacts> = {}): ProvableFacts {
  return {
    key: newKeyId(randomBytes),
    digest: 'x'.repeat(32) as KeyDigest, // of the right size
    name: null,
    enabled: true,
    notBefore: null,
    expiresAt: null,
    permission: 'read_write',
    grants: {},
    networks: [],
    project: null,
    owner: { kind: 'member', id: 'mem_ada', name: 'Ada', role: 'member', active: true },
    account: { id: 'acc_acme', active: true },
    limits: [],
    ...more,
  };
}

describe('a cache whose facts come at once', () => {
  test('loads each key once, until it is evicted', () => {
    const source = new Source();
    const cache = new FactsCache(source.read);
    const key = source.add();
    const first = cache.find(key);
    assert.deepEqual(cache.find(key), first);
    assert.deepEqual(first, source.rows.get(key));
    assert.equal(source.loads, 1);
    source.rows.set(key, { ...plainFacts(), key, enabled: false });
    cache.evict(key);
    assert.equal((cache.find(key) as ProvableFacts).enabled, false); // this source never answers later
    assert.equal(source.loads, 2);
    assert.equal(cache.size, 1);
  });

  test('asks once for a key that does not exist, until an event says that it was made', () => {
    const source = new Source();
    const cache = new FactsCache(source.read);
    const facts = plainFacts();
    for (let times = 0; times < 3; times++) assert.equal(cache.find(facts.key), undefined);
    assert.deepEqual([source.loads, cache.size, cache.unknownSize], [1, 0, 1]);
    source.rows.set(facts.key, facts);
    assert.equal(cache.find(facts.key), undefined);
    cache.evict(facts.key);
    assert.deepEqual(cache.find(facts.key), facts);
    assert.deepEqual([source.loads, cache.size, cache.unknownSize], [2, 1, 0]);
  });

  test('forgets what does not exist when anything that many keys share changes', () => {
    const source = new Source();
    const cache = new FactsCache(source.read);
    const facts = plainFacts();
    for (const forget of [() => cache.evictWhere(() => false), () => cache.clear()]) {
      cache.find(facts.key);
      forget();
      assert.equal(cache.unknownSize, 0);
    }
  });

  test('a flood of keys that do not exist takes no room from those that do, and is bounded', () => {
    const source = new Source();
    const cache = new FactsCache(source.read, 3);
    const key = source.add();
    cache.find(key);
    for (let n = 0; n < 30_000; n++) cache.find(newKeyId(randomBytes));
    assert.ok(cache.unknownSize <= limits.unknownKeysMax);
    const { loads } = source;
    cache.find(key);
    assert.equal(source.loads, loads);
  });

  test('a key that is none for now is looked for again', () => {
    const answers = [null, undefined, null];
    const cache = new FactsCache(() => answers.shift());
    const key = newKeyId(randomBytes);
    for (const left of [2, 1, 1]) assert.deepEqual([cache.find(key), answers.length], [undefined, left]);
  });

  test('never holds more than it may; the oldest leave first', () => {
    const source = new Source();
    const cache = new FactsCache(source.read, 3);
    const keys = Array.from({ length: 5 }, () => source.add());
    for (const key of keys) {
      cache.find(key);
      assert.ok(cache.size <= 3);
    }
    assert.equal(source.loads, 5);
    for (const key of keys.slice(2)) cache.find(key);
    assert.equal(source.loads, 5); // the three youngest are there
    for (const key of keys.slice(0, 2)) cache.find(key);
    assert.equal(source.loads, 7);
  });

  test('counts what it found and what it forgot, and why', () => {
    const source = new Source();
    const cache = new FactsCache(source.read, 2);
    const keys = [source.add(), source.add(), source.add()] as const;
    for (const key of [...keys, keys[2], newKeyId(randomBytes)]) cache.find(key);
    assert.deepEqual([cache.hits, cache.misses], [1, 4]);
    assert.deepEqual(cache.evictions, { change: 0, full: 1, cleared: 0 });
    cache.evict(keys[2]);
    cache.evict(keys[2]);
    assert.deepEqual(cache.evictions, { change: 1, full: 1, cleared: 0 });
    cache.find(keys[2]);
    cache.evictWhere(({ owner }) => owner.id === 'mem_ada');
    assert.deepEqual(cache.evictions, { change: 3, full: 1, cleared: 0 });
    cache.find(keys[2]);
    cache.clear();
    assert.deepEqual(cache.evictions, { change: 3, full: 1, cleared: 1 });
  });

  test('evicts those that fit, and no others', () => {
    const source = new Source();
    const cache = new FactsCache(source.read);
    const acme = source.add();
    const other = source.add({ account: { id: 'acc_other', active: true } });
    for (const key of [acme, other]) cache.find(key);
    cache.evictWhere(facts => facts.account.id === 'acc_acme');
    assert.equal(cache.size, 1);
    cache.find(other);
    assert.equal(source.loads, 2);
    cache.find(acme);
    assert.equal(source.loads, 3);
    cache.clear();
    assert.equal(cache.size, 0);
  });

  test('that there is no such key counts for nothing when it was made while that was on its way', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater);
    const facts = plainFacts();
    const before = cache.find(facts.key);
    source.rows.set(facts.key, facts);
    cache.evict(facts.key);
    source.answer();
    await setImmediate();
    source.answer();
    assert.deepEqual(await before, facts);
    assert.equal(source.loads, 2);
  });

  test('a text proves what it was compared with, and nothing that came in its place', () => {
    const source = new Source();
    const cache = new FactsCache(source.read);
    const facts = source.rows.get(source.add()) as ProvableFacts; // added just now
    const tag = Int32Array.of(1, 2, 3, 4);
    assert.equal(cache.prove(facts, tag, true), NO_ROW, 'not here any more');
    cache.find(facts.key);
    assert.equal(
      cache.prove({ ...facts, digest: 'y'.repeat(32) as KeyDigest }, tag, true),
      NO_ROW,
      'other facts by now',
    );
    assert.equal(cache.rowOfTag(tag), NO_ROW);
    const { digest, ...decidedBy } = facts;
    assert.deepEqual(cache.factsAt(cache.prove(facts, tag, true)), decidedBy);
    assert.deepEqual(cache.factsAt(cache.rowOfTag(tag)), decidedBy);
    assert.equal(cache.digestAt(cache.rowOfTag(tag)), digest);
  });

  test('keeps nothing when the load throws', () => {
    const source = new Source();
    let broken = true;
    const cache = new FactsCache(key => {
      if (broken) throw new Error('the disk is gone');
      return source.read(key);
    });
    const key = source.add();
    assert.throws(() => cache.find(key), /the disk is gone/);
    broken = false;
    assert.ok(cache.find(key));
  });
});

describe('a cache whose facts come later', () => {
  test('first sights at once share one load', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater);
    const key = source.add();
    const found = Promise.all([cache.find(key), cache.find(key), cache.find(key)]);
    source.answer();
    const [first, ...others] = await found;
    for (const facts of others) assert.equal(facts, first);
    assert.equal(source.loads, 1);
    assert.deepEqual(cache.find(key), first); // and from now on at once
  });

  for (const [how, change] of [
    ['evicts it', (cache, key) => cache.evict(key)],
    ['evicts what it is one of', cache => cache.evictWhere(({ owner }) => owner.id === 'mem_ada')],
    ['begins another history', cache => cache.reset()],
  ] satisfies [string, (cache: FactsCache, key: KeyId) => void][]) {
    test(`what is being loaded while a change ${how} is asked for again, for whoever waits`, async () => {
      const source = new SlowSource();
      const cache = new FactsCache(source.readLater);
      const key = source.add();
      const before = cache.find(key);
      source.rows.set(key, { ...plainFacts(), key, enabled: false });
      change(cache, key);
      const after = cache.find(key); // while the first load is still under way
      source.answer();
      await setImmediate();
      assert.equal(cache.size, 0);
      source.answer();
      for (const found of [before, after]) assert.equal((await found)?.enabled, false);
      assert.equal((await cache.find(key))?.enabled, false);
      assert.equal(source.loads, 2);
    });
  }

  test('who waits does not wait for changes of others', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater);
    const key = source.add();
    const found = cache.find(key);
    cache.evict(source.add());
    cache.evictWhere(({ owner }) => owner.id === 'mem_grace');
    source.answer();
    assert.equal((await found)?.key, key);
    assert.deepEqual([source.loads, cache.size], [1, 1]);
  });

  test('what was being loaded when all was forgotten is not kept, and the next one asks again', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater);
    const key = source.add();
    const before = cache.find(key);
    cache.clear();
    const after = cache.find(key);
    source.answer();
    assert.equal((await before)?.key, key);
    assert.equal(cache.size, 0);
    source.answer();
    await after;
    assert.deepEqual([source.loads, cache.size], [2, 1]);
  });

  test('an older load that ends last does not replace a younger one', async () => {
    const source = new Source();
    const gates: PromiseWithResolvers<void>[] = [];
    const cache = new FactsCache(async key => {
      const facts = source.read(key);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return facts;
    });
    const key = source.add();
    const older = cache.find(key);
    source.rows.set(key, { ...plainFacts(), key, enabled: false });
    cache.evict(key);
    const younger = cache.find(key);
    gates[1]?.resolve();
    await younger;
    gates[0]?.resolve();
    await older;
    assert.equal((await cache.find(key))?.enabled, false);
  });

  test('a load that fails is told to all who wait, and not kept', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater);
    const key = source.add();
    const found = [cache.find(key), cache.find(key)];
    source.fail(new Error('no connection'));
    for (const facts of found) await assert.rejects(async () => facts, /no connection/);
    assert.equal(cache.size, 0);
    const again = cache.find(key);
    source.answer();
    assert.equal((await again)?.key, key);
  });

  test('a load that fails after an eviction leaves the younger one alone', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater);
    const key = source.add();
    const older = cache.find(key);
    cache.evict(key);
    const younger = cache.find(key);
    source.fail(new Error('no connection'));
    await assert.rejects(async () => older, /no connection/);
    assert.equal(cache.find(key), younger);
    source.answer();
    assert.equal((await younger)?.key, key);
    assert.equal(source.loads, 2);
  });

  test('never holds more than it may', async () => {
    const source = new SlowSource();
    const cache = new FactsCache(source.readLater, 2);
    const keys = Array.from({ length: 6 }, () => source.add());
    const found = keys.map(key => cache.find(key));
    for (const _ of keys) source.answer();
    await Promise.all(found);
    assert.equal(cache.size, 2);
  });
});
