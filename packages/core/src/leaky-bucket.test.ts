import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Bucket, emptyInMs, filledAt, fits, remainingIn, waitMs } from './leaky-bucket.ts';
import type { RateLimit } from './use-limits.ts';

const limitArb: fc.Arbitrary<RateLimit> = fc
  .record({
    max: fc.integer({ min: 1, max: 100_000 }),
    perSeconds: fc.integer({ min: 1, max: 86_400 }),
    burst: fc.integer({ min: 1, max: 10_000 }),
  })
  .map(given => ({ name: 'any', ...given }));

/** Uses that are asked for: after how many milliseconds, and of which cost. */
const askedArb = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 5000 }), cost: fc.integer({ min: 1, max: 20 }) }),
  { minLength: 1, maxLength: 200 },
);

const RATE_MS = ({ max, perSeconds }: RateLimit) => max / (perSeconds * 1000);

interface Passed {
  at: number;
  cost: number;
}

/** What of it passes, with the bucket after each. */
function pass(limit: RateLimit, asked: readonly { after: number; cost: number }[], shares = 1): Passed[] {
  let bucket: Bucket = { filled: 0, at: 0 };
  let at = 0;
  const passed: Passed[] = [];
  for (const { after, cost } of asked) {
    at += after;
    const filled = filledAt(limit, bucket, at);
    if (!fits(limit, filled, cost, shares)) continue;
    bucket = { filled: filled + cost * shares, at };
    passed.push({ at, cost });
  }
  return passed;
}

test('in no span does more pass than the burst and what the rate allows', () => {
  fc.assert(
    fc.property(limitArb, askedArb, (limit, asked) => {
      const passed = pass(limit, asked);
      for (let from = 0; from < passed.length; from++) {
        let sum = 0;
        for (const { at, cost } of passed.slice(from)) {
          sum += cost;
          const span = at - (passed[from]?.at ?? 0);
          assert.ok(sum <= limit.burst + span * RATE_MS(limit) + 1e-6, `${sum} in ${span} ms`);
        }
      }
    }),
  );
});

test('who asks as soon as there is room gets all that the rate allows', () => {
  fc.assert(
    fc.property(limitArb, fc.integer({ min: 1, max: 20_000 }), (limit, spanMs) => {
      const all = Math.floor(limit.burst + spanMs * RATE_MS(limit));
      fc.pre(all <= 50_000);
      const after = (1 + 1e-9) / RATE_MS(limit); // a hair late: the times are sums of fractions
      const more = Math.floor(spanMs / after);
      const asked = [...Array(limit.burst).fill({ after: 0, cost: 1 }), ...Array(more).fill({ after, cost: 1 })];
      assert.equal(pass(limit, asked).length, asked.length);
      assert.ok(asked.length >= all - 1, `${asked.length} of ${all}`);
    }),
  );
});

test('several who share a limit without a word let no more pass together than one alone, where each may have one at once', () => {
  fc.assert(
    fc.property(limitArb, askedArb, fc.integer({ min: 1, max: 8 }), (limit, asked, shares) => {
      fc.pre(limit.burst >= shares * 20);
      const passed = pass(limit, asked, shares);
      const spanMs = (passed.at(-1)?.at ?? 0) - (passed[0]?.at ?? 0);
      const sum = passed.reduce((total, { cost }) => total + cost, 0);
      assert.ok(sum * shares <= limit.burst + spanMs * RATE_MS(limit) + 1e-6);
    }),
  );
});

test('an empty bucket lets pass whatever does not go beyond the burst, however small the share', () => {
  fc.assert(
    fc.property(limitArb, fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 64 }), (limit, cost, shares) =>
      assert.equal(fits(limit, 0, cost, shares), cost <= limit.burst),
    ),
  );
});

test('the wait that is told is long enough, and not a millisecond too long', () => {
  fc.assert(
    fc.property(
      limitArb,
      fc.double({ min: 0, max: 10_000, noNaN: true }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 4 }),
      (limit, filled, cost, shares) => {
        const ms = waitMs(limit, filled, cost, shares);
        assert.equal(ms === null, cost > limit.burst);
        if (ms === null) return;
        const after = (wait: number) => fits(limit, filledAt(limit, { filled, at: 0 }, wait), cost, shares);
        assert.ok(after(Math.ceil(ms + 1e-3)));
        if (ms > 1) assert.ok(!after(ms - 1));
        assert.ok(filledAt(limit, { filled, at: 0 }, emptyInMs(limit, filled) * (1 + 1e-9) + 1e-3) < 1e-6);
      },
    ),
  );
});

test('as many pass as are told to remain', () => {
  fc.assert(
    fc.property(
      limitArb,
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 1, max: 4 }),
      (limit, filled, shares) => {
        const remaining = remainingIn(limit, filled, shares);
        assert.equal(remaining > 0, fits(limit, filled, 1, shares));
        if (remaining > 0 && remaining <= limit.burst) assert.ok(fits(limit, filled, remaining, shares));
      },
    ),
  );
});

test('a clock that is set back refuses nobody for long, and opens nothing', () => {
  const limit = { name: 'any', max: 1, perSeconds: 1, burst: 2 };
  const full: Bucket = { filled: 2, at: 10_000_000 };
  const filled = filledAt(limit, full, 0);
  assert.equal(fits(limit, filled, 1), false);
  assert.equal(fits(limit, filledAt(limit, { filled, at: 0 }, 1000), 1), true);
});
