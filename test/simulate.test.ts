import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { median, quantile } from '../bench/median.ts';
import { revocationsOf, waitsOf } from '../bench/simulate/changes.ts';
import { measured } from '../bench/simulate/measured.ts';
import { latenciesOf } from '../bench/simulate/nodes.ts';
import { different, hitRate, type Leaves, zipf } from '../bench/simulate/popularity.ts';
import { exponential, randomFrom } from '../bench/simulate/random.ts';
import { reportOf, stepsReport } from '../bench/simulate/report.ts';
import { plan, RUN } from '../bench/simulate/scenarios.ts';
import { read } from './support/source-tree.ts';

/** The parts of bench/simulate.ts beside what is known of them in closed form. */
describe('popularity', () => {
  test('Zipf in groups gives each key its share', () => {
    const harmonic = Array.from({ length: 100_000 }, (_, n) => 1 / (n + 1)).reduce((sum, one) => sum + one);
    const groups = zipf(100_000, 1);
    near(groups[0]?.share, 1 / harmonic, 0.001);
    near(groups[99]?.share, 1 / (100 * harmonic), 0.001);
    near(
      groups.reduce((sum, { keys }) => sum + keys, 0),
      100_000,
      0,
    );
    near(
      groups.reduce((sum, { keys, share }) => sum + keys * share, 0),
      1,
      1e-9,
    );
    assert.ok(groups.length < 1400);
  });

  test('when all keys are alike, a cache of a tenth of them finds a tenth, whatever leaves', () => {
    for (const leaves of ['oldest', 'leastRecent'] as const) near(hitRate(zipf(50_000, 0), 5000, leaves), 0.1, 1e-6);
    assert.equal(hitRate(zipf(5000, 1), 5000, 'oldest'), 1);
  });

  for (const leaves of ['oldest', 'leastRecent'] as const) {
    test(`a cache from which leaves what is ${leaves} finds as much as one that is run`, () => {
      near(hitRate(zipf(2000, 0.9), 200, leaves), hitRateOfRun(2000, 0.9, 200, leaves), 0.02);
    });
  }

  test('n requests for n keys that are all alike are about 1 - 1/e of them', () => {
    near(different(zipf(10_000, 0), 10_000) / 10_000, 1 - 1 / Math.E, 1e-6);
  });
});

describe('queues', () => {
  test('one node whose keys are all known is M/M/1', () => {
    const [perMs, servedPerMs] = [7, 10];
    const latencies = latenciesOf(nodes({ perSecond: perMs * 1000, verifyMs: 1 / servedPerMs }), 300_000, 1);
    near(median(latencies), Math.LN2 / (servedPerMs - perMs), 0.05);
    near(quantile(latencies, 0.99), Math.log(100) / (servedPerMs - perMs), 0.1);
  });

  test('first sights at an idle database are two turns on the node, the trip and the look', () => {
    const idle = nodes({ perSecond: 10, verifyMs: 0.1, hitRate: 0, tripMs: 5, sightMs: 2, databaseCores: 4 });
    near(meanOf(latenciesOf(idle, 20_000, 1)), 0.1 + 5 + 2 + 0.1, 0.02);
  });

  test('a database with several cores and others that ask it, too, is M/M/c', () => {
    // Erlang's C for 2 servers of which 1.6 are wanted: 0.711; the wait is C / (2 - 1.6) looks.
    const shared = { perSecond: 400, othersPerSecond: 400, hitRate: 0, sightMs: 2, databaseCores: 2, verifyMs: 1e-6 };
    near(meanOf(latenciesOf(nodes(shared), 200_000, 1)), 2 + (0.7111 / 0.4) * 2, 0.06);
  });

  test('changes that all take the same are M/D/1', () => {
    const waits = waitsOf(50, () => 10, 200_000, 1);
    near(meanOf(waits), 10 + (0.5 * 10) / (2 * 0.5), 0.03);
  });
});

describe('revocations', () => {
  test('of nodes that ask each 250 ms, the last of n asks after 250 n / (n + 1) on average', () => {
    for (const n of [1, 9]) {
      const late = revocationsOf({ nodes: n, tripMs: 0, pollMs: 250, readMs: 1e-9 }, 20_000, 1);
      near(meanOf(late), (250 * n) / (n + 1), 0.02);
      assert.ok(quantile(late, 1 - 1e-9) <= 250);
    }
  });

  test('a node that is told has three ways before it knows', () => {
    const late = revocationsOf({ nodes: 1, tripMs: 100, pollMs: undefined, readMs: 1e-9 }, 20_000, 1);
    near(meanOf(late), 3 * 50 * 1.1, 0.01);
  });
});

test('the same seed gives the same, another one something else', () => {
  const some = (seed: number) => latenciesOf(nodes({}), 100, seed);
  assert.deepEqual(some(1), some(1));
  assert.notDeepEqual(some(1), some(2));
  const random = randomFrom(1);
  near(meanOf(Array.from({ length: 100_000 }, () => exponential(random, 3))), 3, 0.02);
});

describe('docs/scaling.md', () => {
  const document = read('docs/scaling.md');

  test('shows what the simulation prints', () => {
    for (const table of [reportOf(plan, RUN), stepsReport(RUN)]) assert.ok(document.includes(table), table);
  });

  test('names the figures that it counts with', () => {
    for (const figure of Object.values(measured))
      assert.match(document, new RegExp(`(?<![\\d.,])${figure.toLocaleString('en')}(?![\\d.,]\\d)`), `${figure}`);
  });
});

const IDLE = {
  nodes: 1,
  perSecond: 100,
  verifyMs: 0.1,
  hitRate: 1,
  tripMs: 0,
  databaseCores: 1,
  sightMs: 1,
  othersPerSecond: 0,
};

function nodes(change: Partial<typeof IDLE>): typeof IDLE {
  return { ...IDLE, ...change };
}

/** A cache that is really kept, entry by entry. */
function hitRateOfRun(keys: number, exponent: number, entries: number, leaves: Leaves): number {
  const random = randomFrom(1);
  const groups = zipf(keys, exponent);
  const upTo: number[] = [];
  let sum = 0;
  for (const { keys: count, share } of groups)
    for (let n = 0; n < count; n++) {
      sum += share;
      upTo.push(sum);
    }
  const cache = new Set<number>();
  const [warm, asked] = [10_000, 50_000];
  let hits = 0;
  for (let n = 0; n < warm + asked; n++) {
    const at = random();
    const key = upTo.findIndex(end => at < end);
    const isHit = cache.has(key);
    if (isHit && n >= warm) hits++;
    if (isHit && leaves === 'leastRecent') cache.delete(key);
    cache.add(key);
    if (cache.size > entries) for (const oldest of cache) if (cache.delete(oldest)) break;
  }
  return hits / asked;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Within that part of what is expected. */
function near(actual: number | undefined, expected: number, part: number): void {
  const off = Math.abs((actual ?? Number.NaN) - expected);
  assert.ok(off <= part * expected, `${actual} is not within ${100 * part} % of ${expected}`);
}
