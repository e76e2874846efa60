import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Decision } from '@keywright/core';
import { until } from '../support/until.ts';
import { inventedToken, verdictOf, verifierWorld } from './world.ts';

const INVENTED = 12_000;
const GOOD = 100;
/** About 2,000 are documented. */
const WAITING_BYTES_MAX = 2500;
const LEFT_BYTES_MAX = 5e6;

setFlagsFromString('--expose_gc');
const collect: () => void = runInNewContext('gc');

test('12,000 invented keys at first sight in one moment turn none of 100 good ones among them away, nor stay in memory', async t => {
  await using world = await verifierWorld();
  const tokens = Array.from({ length: INVENTED }, () => inventedToken());
  const good = new Set<string>();
  for (let n = 0; n < GOOD; n++) {
    const { token } = await world.act('createAccessKey', {});
    good.add(token);
    tokens.splice((n * tokens.length) / GOOD, 0, token);
  }
  const verifier = world.verifier();
  await verifier.ready();
  const before = heapBytes();
  const since = performance.now();
  const decisions = tokens.map(token => verifier.verify(token));
  const each = (heapBytes() - before) / tokens.length;
  const { waiting } = verifier.health();
  const verdicts = await verdictsOf(decisions.splice(0));
  t.diagnostic(`${Math.round(each)} bytes each while they waited, ${Math.round(performance.now() - since)} ms for all`);
  assert.deepEqual(countOf(verdicts.filter((_, n) => good.has(tokens[n] ?? ''))), { allowed: GOOD });
  assert.deepEqual(countOf(verdicts), { allowed: GOOD, unknown: INVENTED });
  assert.deepEqual([waiting, verifier.health().waiting, verifier.health().entries], [tokens.length, 0, GOOD]);
  assert.ok(each <= WAITING_BYTES_MAX, `${each} bytes each`);
  await until(() => heapBytes() - before <= LEFT_BYTES_MAX, { what: 'the memory to be free again' });
});

/** Nothing of it is left in a variable of whoever asks. */
function verdictsOf(decisions: readonly (Decision | Promise<Decision>)[]): Promise<string[]> {
  return Promise.all(decisions.map(decision => verdictOf(() => decision)));
}

function countOf(verdicts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
