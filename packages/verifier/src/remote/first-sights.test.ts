import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { limits } from '@keywright/core';
import { FirstSights } from './first-sights.ts';

const AT_ONCE = 10;
const FULL = limits.factsRequestsMax * AT_ONCE;

/** First sights of a server that answers when it is told to. */
function slowServer() {
  const asked: { ids: readonly string[]; answer: () => void }[] = [];
  const sights = new FirstSights<string>(ids => {
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, string>>();
    asked.push({ ids, answer: () => resolve(new Map(ids.map(id => [id, `facts of ${id}`]))) });
    return promise;
  }, AT_ONCE);
  const load = (name: string, count: number) => Array.from({ length: count }, (_, n) => sights.load(`${name} ${n}`));
  return { asked, sights, load };
}

test('each waits for its turn, in the order in which they came', async () => {
  const { asked, sights, load } = slowServer();
  const early = load('early', FULL + 5);
  await setImmediate();
  const late = load('late', 15);
  await setImmediate();
  assert.equal(asked.length, limits.factsRequestsMax);
  asked[2]?.answer();
  await setImmediate();
  const [first] = asked.slice(limits.factsRequestsMax);
  assert.deepEqual(first?.ids.slice(3, 7), [`early ${FULL + 3}`, `early ${FULL + 4}`, 'late 0', 'late 1']);
  for (let n = 0; n < asked.length; n++) {
    asked[n]?.answer();
    await setImmediate();
  }
  assert.equal((await Promise.all([...early, ...late])).at(-1), 'facts of late 14');
  assert.equal(sights.size, 0);
});

test('who has not been asked for within the time of a request waits no more', async t => {
  const { asked, sights, load } = slowServer();
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  const early = load('early', FULL + 5);
  await setImmediate();
  now += limits.verifierRequestMs;
  const late = load('late', 5);
  now += 1;
  asked[0]?.answer();
  const waited = await Promise.allSettled(early.slice(FULL));
  assert.ok(waited.every(one => one.status === 'rejected' && one.reason.code === 'unavailable'));
  await setImmediate();
  assert.deepEqual(asked.at(-1)?.ids, ['late 0', 'late 1', 'late 2', 'late 3', 'late 4']);
  for (const { answer } of asked) answer();
  await Promise.all([...early.slice(0, FULL), ...late]);
  assert.equal(sights.size, 0);
});

test('beyond the bound nobody more is let in, and again once others have their answer', async () => {
  const { asked, sights, load } = slowServer();
  const waiting = load('one', limits.factsWaitingMax);
  await setImmediate();
  await assert.rejects(sights.load('too many'), { code: 'unavailable' });
  assert.equal(sights.size, limits.factsWaitingMax);
  asked[0]?.answer();
  await waiting[0];
  assert.equal(sights.size, limits.factsWaitingMax - AT_ONCE);
  void sights.load('one more');
  await setImmediate();
  assert.equal(sights.size, limits.factsWaitingMax - AT_ONCE + 1);
});
