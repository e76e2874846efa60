import type { Asked } from '@keywright/core';
import { digestOf, Verifier } from '@keywright/verifier';
import { credentials, factsFor } from './in-process-keys.ts';
import { median } from './median.ts';
import { settled } from './memory.ts';

/**
 * `flood.ts UNKNOWN`: so many different unknown keys through a verifier beside good ones. Prints how the memory of the process grew, and the p99 of
 * good keys with an unknown one before each beside the p99 with another good one before each, in turns. Run with `--expose-gc`.
 */
const UNKNOWN = Number(process.argv[2] ?? 1_000_000);
const GOOD = 10_000;
const AT_ONCE = 10_000;
const ASKED: Asked = { project: null, method: 'GET' };
const AT = 1_800_000_000_000;

const good = credentials(GOOD);
const facts = new Map(good.map(({ key, secret }, n) => [key, factsFor(n, key, digestOf(secret))]));
const tokens = good.map(({ key, secret }) => Buffer.from(`kw_${key}_${secret.reveal()}`).toString('latin1'));

// Another one before, until the code is compiled and the heap has its size.
const warm = newVerifier();
for (let n = 0; n < 50; n++) measureOnce(warm);
const verifier = newVerifier();
p99(verifier, anyGood);
const before = await settled();
const ratios: number[] = [];
const alone: number[] = [];
const flooded: number[] = [];
for (let sent = 0; sent < UNKNOWN; sent += AT_ONCE) {
  const [p99Alone, p99Flooded] = measureOnce(verifier);
  alone.push(p99Alone);
  flooded.push(p99Flooded);
  ratios.push(p99Flooded / p99Alone);
}
const after = await settled();
console.log(`| unknown keys | MB more | p99 alone | p99 beside them | ratio |\n|---|---|---|---|---|`);
const ns = [alone, flooded].map(all => `${median(all).toFixed(0)} ns`).join(' | ');
const grown = ((after - before) / 1e6).toFixed(1);
console.log(`| ${UNKNOWN.toLocaleString('en')} | ${grown} | ${ns} | ${median(ratios).toFixed(2)} |`);

/** With all good keys in its cache. */
function newVerifier(): Verifier {
  const verifier = new Verifier(key => facts.get(key));
  for (const token of tokens) void verifier.verify(token, ASKED, AT);
  return verifier;
}

function measureOnce(verifier: Verifier): [alone: number, flooded: number] {
  const unknown = credentials(AT_ONCE).map(({ key, secret }) => `kw_${key}_${secret.reveal()}`);
  return [p99(verifier, anyGood), p99(verifier, n => unknown[n] ?? '')];
}

/** Nanoseconds in which 99 of 100 good keys are verified, with another text before each. */
function p99(verifier: Verifier, other: (n: number) => string): number {
  const took = new Float64Array(AT_ONCE);
  for (let n = 0; n < AT_ONCE; n++) {
    void verifier.verify(other(n), ASKED, AT);
    const token = anyGood();
    const began = performance.now();
    const decision = verifier.verify(token, ASKED, AT);
    took[n] = (performance.now() - began) * 1e6;
    if (decision instanceof Promise || !decision.allowed) throw new Error('refused');
  }
  verifier.uses.take();
  return took.sort()[Math.floor(AT_ONCE * 0.99)] ?? Number.NaN;
}

function anyGood(): string {
  return tokens[Math.floor(Math.random() * GOOD)] ?? '';
}
