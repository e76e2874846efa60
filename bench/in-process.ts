import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Asked, type Decision, newKeyId, newSecret, parseToken } from '@keywright/core';
import { bareLoop, cpuOf } from './bare-loop.ts';
import { API, type Case, credentials, github, inOnePiece, KeySource } from './in-process-keys.ts';
import { median } from './median.ts';

/**
 * `npm run bench:in-process`: verify of seen keys, each with its endpoint among all of GitHub's, beside the bare loop: SHA-256 of the
 * secret, a look into a Map, a comparison in constant time. In turns, medians of the time of the processor (of all threads, so that
 * collecting garbage counts), since a busy machine lengthens all other times.
 */
const SIZES = [1000, 100_000, 1_000_000];
const ROUNDS = 7;
const VERIFIES = 200_000;
const CACHED = 100_000;
const AT = 1_800_000_000_000;
const RATIO_MIN = 0.6;
const BYTES_MAX = 250;

const cases = github();
console.log(
  `${cpus()[0]?.model}, Node ${process.versions.node}; ${ROUNDS} rounds of ${VERIFIES}, medians, ns of processor\n`,
);
console.log('| cached keys | bare loop | verify | ratio |\n|---|---|---|---|');
const measured = SIZES.map(size => measure(size));
for (const { size, bare, ours } of measured)
  console.log(`| ${size.toLocaleString('en')} | ${ns(bare)} | ${ns(ours)} | ${(bare / ours).toFixed(2)} |`);
const [first, last] = [measured[0], measured.at(-1)] as [Measured, Measured]; // there are three sizes
console.log(
  `\nslower from ${first.size.toLocaleString('en')} to ${last.size.toLocaleString('en')} keys: bare ${(last.bare / first.bare).toFixed(2)} times, verify ${(last.ours / first.ours).toFixed(2)} times\n`,
);
refusals();
firstSights();
const memory = spawnSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'in-process-memory.ts')]);
console.log(`\n${memory.stdout}${memory.stderr}`);
const isMissed = measured.some(({ bare, ours }) => bare / ours < RATIO_MIN);
if (isMissed || Number(/(\d+) bytes/.exec(String(memory.stdout))?.[1] ?? Number.NaN) > BYTES_MAX) process.exitCode = 1;

interface Measured {
  size: number;
  bare: number;
  ours: number;
}

function measure(size: number): Measured {
  const bare = bareLoop(size);
  const ours = oursLoop(size);
  const times = { bare: [] as number[], ours: [] as number[] };
  for (let round = -2; round < ROUNDS; round++) {
    const order = Uint32Array.from({ length: VERIFIES }, () => Math.floor(Math.random() * size));
    const [nsBare, nsOurs] = [cpuOf(() => bare(order), VERIFIES), cpuOf(() => ours(order), VERIFIES)];
    if (round < 0) continue; // while the code is compiled
    times.bare.push(nsBare);
    times.ours.push(nsOurs);
  }
  return { size, bare: median(times.bare), ours: median(times.ours) };
}

/** Requests with a token each; every one is allowed. */
function oursLoop(size: number): (order: Uint32Array) => void {
  const source = new KeySource(size, cases);
  const verifier = source.verifier();
  const verify = (n: number) => {
    const decision = verifier.verify(source.tokens[n] ?? '', askedFor(source.caseOf(n)), AT);
    if (decision instanceof Promise || !decision.allowed) throw new Error('refused');
  };
  for (let n = 0; n < size; n++) verify(n);
  return order => {
    for (const n of order) verify(n);
    verifier.uses.take();
  };
}

function askedFor({ method, path }: Case): Asked {
  return { project: null, api: API, method, path, address: '203.0.113.24', agent: 'curl/8.14.1', account: undefined };
}

/** What garbage costs beside what is good, in a cache of 100,000 keys. */
function refusals(): void {
  const source = new KeySource(CACHED, cases);
  const verifier = source.verifier();
  const { tokens } = source;
  // For all keys the same request, which those that may do everything may make.
  const one = cases[Math.floor(cases.length / 2)] as Case; // there are more than a thousand
  const asked = askedFor(one);
  for (const token of tokens) void verifier.verify(token, asked, AT);
  const texts: [title: string, tokens: string[], reason: string | null][] = [
    ['good', tokens.filter((_, n) => n % 4 === 1), null],
    ['no key at all', tokens.map(token => inOnePiece(token.slice(0, 40))), 'malformed'],
    ['wrong checksum', tokens.map(otherChecksum), 'malformed'],
    ['unknown, one of 1,000', unknown(1000), 'unknown'],
    ['a known key, another secret', tokens.map(otherSecret), 'unknown'],
  ];
  console.log('| a text | ns |\n|---|---|');
  for (const [title, list, reason] of texts) {
    const times = Array.from({ length: ROUNDS }, () =>
      cpuOf(() => {
        for (let n = 0; n < VERIFIES; n++) expect(verifier.verify(list[n % list.length] ?? '', asked, AT), reason);
      }, VERIFIES),
    );
    console.log(`| ${title} | ${ns(median(times))} |`);
  }
}

/** The same where each comes for the first time, from a source that answers at once. */
function firstSights(): void {
  const times = { good: [] as number[], unknown: [] as number[] };
  for (let round = -2; round < ROUNDS; round++) {
    const source = new KeySource(VERIFIES / 4, cases);
    const verifier = source.verifier();
    const list = unknown(source.tokens.length);
    const asked = source.tokens.map((_, n) => askedFor(source.caseOf(n)));
    const go = (tokens: readonly string[], reason: string | null) => () => {
      for (const [n, token] of tokens.entries()) expect(verifier.verify(token, asked[n] as Asked, AT), reason);
    };
    const good = cpuOf(go(source.tokens, null), list.length);
    const garbage = cpuOf(go(list, 'unknown'), list.length);
    if (round < 0) continue; // while the code is compiled
    times.good.push(good);
    times.unknown.push(garbage);
  }
  console.log(`| good, each for the first time | ${ns(median(times.good))} |`);
  console.log(`| unknown, each for the first time | ${ns(median(times.unknown))} |`);
}

function expect(decision: Decision | Promise<Decision>, reason: string | null): void {
  if (decision instanceof Promise) throw new Error('later');
  if ((decision.allowed ? null : decision.reason) !== reason) throw new Error(`${decision.allowed}, not ${reason}`);
}

function unknown(count: number): string[] {
  return credentials(count).map(({ key, secret }) => inOnePiece(`kw_${key}_${secret.reveal()}`));
}

function otherChecksum(token: string): string {
  return inOnePiece(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`);
}

function otherSecret(token: string): string {
  const key = parseToken(token)?.key ?? newKeyId(randomBytes);
  return inOnePiece(`kw_${key}_${newSecret(key, randomBytes).reveal()}`);
}

function ns(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ns`;
}
