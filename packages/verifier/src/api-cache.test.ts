import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ApiFacts, compileEndpoints } from '@keywright/core';
import { ApiCache } from './api-cache.ts';

function api(id: string, paths: readonly string[] = ['/orders'], more: Partial<ApiFacts> = {}): ApiFacts {
  const entries = paths.map(path => ({ id: `GET ${path}`, method: 'GET', path, reads: true }));
  return { id, account: 'acc_acme', project: null, endpoints: compileEndpoints(entries), ...more };
}

describe('APIs that were asked for', () => {
  test('are loaded once, until they are evicted', () => {
    let loads = 0;
    const cache = new ApiCache(id => {
      loads++;
      return api(id);
    });
    const first = cache.find('api_a');
    assert.equal(cache.find('api_a'), first);
    assert.equal(loads, 1);
    cache.evict('api_a');
    assert.notEqual(cache.find('api_a'), first);
    cache.clear();
    cache.find('api_a');
    assert.deepEqual([loads, cache.size], [3, 1]);
  });

  test('that are not there are asked for again', () => {
    const there = new Map<string, ApiFacts>();
    const cache = new ApiCache(id => there.get(id));
    assert.equal(cache.find('api_a'), undefined);
    there.set('api_a', api('api_a'));
    assert.equal(cache.find('api_a'), there.get('api_a'));
  });

  test('never hold more endpoints than they may; the oldest leave first, the youngest stays however large', () => {
    const paths = (count: number) => Array.from({ length: count }, (_, n) => `/${n}`);
    const sizes: Record<string, number> = { a: 3, b: 3, c: 3, large: 50 };
    const cache = new ApiCache(id => api(id, paths(sizes[id] ?? 0)), 10);
    for (const id of ['a', 'b', 'c']) cache.find(id);
    assert.equal(cache.size, 2);
    cache.find('large');
    assert.equal(cache.size, 1);
    cache.find('a');
    assert.equal(cache.size, 1);
  });

  test('what was being loaded during an eviction is asked for again', async () => {
    const gates: PromiseWithResolvers<ApiFacts>[] = [];
    const cache = new ApiCache(() => {
      const gate = Promise.withResolvers<ApiFacts>();
      gates.push(gate);
      return gate.promise;
    });
    const before = cache.find('api_a');
    assert.equal(cache.find('api_a'), before);
    cache.evict('api_a');
    const after = cache.find('api_a');
    assert.equal(gates.length, 2);
    const [old, young] = [api('api_a', []), api('api_a')];
    gates[1]?.resolve(young);
    assert.equal(await after, young);
    gates[0]?.resolve(old);
    assert.equal(await before, young);
    assert.equal(cache.find('api_a'), young);
  });

  test('a load that fails is told to all who wait, and not kept', async () => {
    let broken = true;
    const cache = new ApiCache(async id => {
      if (broken) throw new Error('no connection');
      return api(id);
    });
    for (const found of [cache.find('api_a'), cache.find('api_a')])
      await assert.rejects(async () => found, /no connection/);
    broken = false;
    assert.equal((await cache.find('api_a'))?.id, 'api_a');
  });
});
