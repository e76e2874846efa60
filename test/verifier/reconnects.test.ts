import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type TestContext, test } from 'node:test';
import { limits } from '@keywright/core';
import { createVerifier } from '@keywright/verifier';
import { until } from '../support/until.ts';
import { inventedToken } from './world.ts';

/** A timer may be so much too early. */
const EARLY_MS = 2;

/** The pauses before each attempt to connect, of one whose random numbers are all this, and to whom the server answers so. */
async function pausesWith(random: AsyncLocalStorage<number>, number: number, answer: typeof fetch, count: number) {
  const times: number[] = [];
  const noting: typeof fetch = (input, init) => {
    times.push(performance.now());
    return answer(input, init);
  };
  const options = { server: 'http://127.0.0.1:1', credential: inventedToken(), fetch: noting };
  await using _ = random.run(number, () => createVerifier(options));
  await until(() => times.length > count, { everyMs: 1 });
  return times.slice(1).map((time, n) => time - (times[n] ?? 0));
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

function randomOf(t: TestContext): AsyncLocalStorage<number> {
  const random = new AsyncLocalStorage<number>();
  const { random: own } = Math;
  t.mock.method(Math, 'random', () => random.getStore() ?? own());
  return random;
}

test('two with the same history connect again at different moments: by chance, within a time that doubles', async t => {
  const random = randomOf(t);
  const nobody = () => Promise.reject(new Error('nobody is there'));
  const [early, late] = await Promise.all([0.1, 0.9].map(number => pausesWith(random, number, nobody, 4)));
  const longest = [1, 2, 3, 4].map(failures => limits.reconnectMsMin * 2 ** failures);
  t.diagnostic(`${early?.map(Math.round)} and ${late?.map(Math.round)} of ${longest} ms`);
  for (const [n, ms] of longest.entries()) {
    assert.ok((early?.[n] ?? 0) >= 0.1 * ms - EARLY_MS);
    assert.ok((late?.[n] ?? 0) >= 0.9 * ms - EARLY_MS);
  }
  // What a busy machine delays once it does not delay each time.
  const sums = [sum(early ?? longest)];
  for (let n = 0; n < 2; n++) sums.push(sum(await pausesWith(random, 0.1, nobody, 4)));
  assert.ok(Math.min(...sums) < 0.9 * sum(longest), 'both took as long as they might');
});

test('so do two whom the server has refused', async t => {
  const random = randomOf(t);
  const refused = async () => Response.json({ code: 'forbidden' }, { status: 403 });
  // 30 ms and 3 s: between the two lies more than a busy machine delays a timer.
  const numbers = [0.001, 0.1];
  const [[early] = [], [late] = []] = await Promise.all(numbers.map(number => pausesWith(random, number, refused, 1)));
  t.diagnostic(`${early} and ${late} ms`);
  assert.ok(early !== undefined && late !== undefined && early < late);
});
