import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Limited, RateLimit } from '@keywright/core';
import fc from 'fast-check';
import { Rates } from './rates.ts';

const AT = 1_800_000_000_000;
const rate = (more: Partial<RateLimit> = {}): RateLimit => ({ name: 'a', max: 1, perSeconds: 1, burst: 2, ...more });
const limited = (id: string, ...rateLimits: RateLimit[]): Limited[] => [{ of: 'key', id, rateLimits, quotas: [] }];
const use = (at = AT, cost = 1) => ({ cost, at, shares: 1 });

describe('rates in memory', () => {
  test('are counted for each holder by itself', () => {
    const rates = new Rates();
    for (const id of ['x', 'y'])
      assert.deepEqual(
        [1, 2, 3].map(() => rates.charge(limited(id, rate()), use()).passes),
        [true, true, false],
      );
  });

  test('of several holders are all charged, or none', () => {
    const rates = new Rates();
    const both = [...limited('x', rate()), ...limited('y', rate({ burst: 1 }))];
    assert.equal(rates.charge(both, use()).passes, true);
    const refused = rates.charge(both, use());
    assert.deepEqual(
      refused.states.map(({ remaining, exceeded }) => [remaining, exceeded]),
      [
        [1, false],
        [0, true],
      ],
    );
    assert.equal(refused.retryAt, AT + 1000);
  });

  test('goes on when the same limits come in another object, and begins anew under another name', () => {
    const rates = new Rates();
    const remaining = (...limits: RateLimit[]) =>
      rates.charge(limited('x', ...limits), { ...use(), isAsking: true }).states.map(state => state.remaining);
    rates.charge(limited('x', rate({ burst: 9 })), use(AT, 4));
    assert.deepEqual(remaining(rate({ burst: 9 })), [5]);
    assert.deepEqual(remaining(rate({ name: 'b', burst: 7 }), rate({ burst: 9 })), [7, 5]);
    assert.deepEqual(remaining(rate({ burst: 3 })), [0], 'never fuller than full');
    assert.deepEqual(remaining(rate({ burst: 9 })), [6]);
  });

  test('what is settled late changes only what it was charged to, and no limit that was changed or set since', () => {
    const rates = new Rates();
    const was = limited('x', rate({ burst: 20 }));
    rates.charge(was, use(AT, 10));
    const now = limited('x', rate({ perSeconds: 3600, burst: 15 }), rate({ name: 'b', perSeconds: 3600, burst: 5 }));
    const remaining = (at: number) =>
      rates.charge(now, { ...use(at, 1), isAsking: true }).states.map(state => state.remaining);
    rates.charge(now, use(AT, 4));
    rates.settle(was, { units: -3, since: AT, at: AT, shares: 1 });
    assert.deepEqual(remaining(AT), [4, 1]);
    assert.deepEqual(remaining(AT + 60_000), [4, 1], 'it leaks as the limits are now');
    rates.settle(was, { units: 100, since: AT + 60_000, at: AT + 60_000, shares: 1 });
    assert.deepEqual(remaining(AT + 60_000), [0, 1]);
    rates.settle(was, { units: -100, since: AT + 60_000, at: AT + 60_000, shares: 1 });
    assert.deepEqual(remaining(AT + 60_000), [15, 1]);
    const unknown = limited('y', rate({ perSeconds: 3600 }));
    rates.settle(unknown, { units: 1, since: AT, at: AT, shares: 1 });
    assert.equal(rates.charge(unknown, use()).states[0]?.remaining, 0);
  });

  test('forgets who has used nothing for a while, and keeps no more than it may', () => {
    const rates = new Rates(5000);
    for (let n = 0; n < 1000; n++) rates.charge(limited(`old ${n}`, rate()), use());
    for (let n = 0; n < 1000; n++) rates.charge(limited(`new ${n}`, rate()), use(AT + 60_000));
    assert.ok(rates.size <= 1000, `${rates.size}`);
    for (let n = 0; n < 20_000; n++) rates.charge(limited(`flood ${n}`, rate()), use(AT + 60_000));
    assert.ok(rates.size <= 5000, `${rates.size}`);
    assert.equal(rates.charge(limited('flood 19999', rate()), use(AT + 60_000)).states[0]?.remaining, 0);
  });
});

test('uses that are charged later than others that came after let nothing more pass, and a clock that was set back goes on', () => {
  const rates = new Rates();
  const holder = limited('x', rate({ max: 100, burst: 20 }));
  const passes = (at: number) => rates.charge(holder, use(at)).passes;
  let passed = 0;
  for (let ms = 0; ms < 1000; ms++) for (const late of [0, 250]) if (passes(AT + ms - late)) passed++;
  assert.ok(passed > 100 && passed <= 120, `${passed}`);
  assert.equal(passes(AT - 3_600_000), false);
  assert.equal(passes(AT - 3_600_000 + 10), true);
});

/** What is done: after how many milliseconds, and how many uses are asked for, or which of those reserved before is settled for less. */
const deedArb = fc.record({
  after: fc.integer({ min: 0, max: 3000 }),
  what: fc.constantFrom('use', 'reserve', 'settle'),
  units: fc.integer({ min: 1, max: 20 }),
  which: fc.nat(),
});
const limitArb = fc
  .record({
    max: fc.integer({ min: 1, max: 20 }),
    perSeconds: fc.integer({ min: 1, max: 10 }),
    burst: fc.integer({ min: 10, max: 20 }),
  })
  .map(rate);

test('in no span does more pass than the burst and what the rate allows, also when what was reserved has cost less', () => {
  fc.assert(
    fc.property(limitArb, fc.array(deedArb, { minLength: 20, maxLength: 60 }), (limit, deeds) => {
      const rates = new Rates();
      const holder = limited('x', limit);
      const passed: { at: number; cost: number }[] = [];
      const reserved: { at: number; cost: number }[] = [];
      let at = AT;
      for (const { after, what, units, which } of deeds) {
        at += after;
        if (what === 'settle') {
          const [one] = reserved.splice(which % reserved.length, 1);
          if (one === undefined) continue;
          const cost = Math.min(one.cost, units - 1);
          rates.settle(holder, { units: cost - one.cost, since: one.at, at, shares: 1 });
          one.cost = cost;
        } else if (rates.charge(holder, use(at, units)).passes) {
          const one = { at, cost: units };
          passed.push(one);
          if (what === 'reserve') reserved.push(one);
        }
      }
      for (const [n, first] of passed.entries()) {
        let sum = 0;
        for (const one of passed.slice(n)) {
          sum += one.cost;
          const allowed = limit.burst + ((one.at - first.at) * limit.max) / (limit.perSeconds * 1000);
          assert.ok(sum <= allowed + 1e-6, `${sum} in ${one.at - first.at} ms`);
        }
      }
    }),
    { numRuns: 1000 },
  );
});
