import { randomBytes } from 'node:crypto';
import { formatToken, newKeyId, newSecret } from '@keywright/core';
import { createVerifier } from '@keywright/verifier';
import { tempFolder } from '../test/support/temp-folder.ts';
import { until } from '../test/support/until.ts';
import { bareLoop, cpuOf, cpuSince } from './bare-loop.ts';
import { inOnePiece } from './in-process-keys.ts';
import { fillWithGithub, type KeyWithCase } from './keys.ts';
import { LOAD_CORE } from './load.ts';
import { median } from './median.ts';
import { settled } from './memory.ts';
import { startOurs } from './pinned-server.ts';

/**
 * `remote.ts KEYS UNKNOWN`: what an application has, `createVerifier` with a server on the other core. Verify of seen keys, each with its
 * endpoint among all of GitHub's, beside the bare loop, in turns; what it costs to report a key's use; and a flood of unknown keys, beside good
 * keys alone. Run with `--expose-gc`.
 */
const KEYS = Number(process.argv[2] ?? 100_000);
const UNKNOWN = Number(process.argv[3] ?? 1_000_000);
const ROUNDS = 7;
const VERIFIES = 200_000;
const AT_ONCE = 5000;
/** First sights that wait at a time. */
const WAITING = 1000;

await using stack = new AsyncDisposableStack();
const folder = stack.use(tempFolder());
const { api, keys: made, credential } = await fillWithGithub(folder.path, KEYS);
const keys = made.map(({ token, one }) => ({ token: inOnePiece(token), one }));
const server = stack.use(await startOurs(folder.path, folder.path, { core: LOAD_CORE }));
const verifier = stack.use(createVerifier({ server: `http://127.0.0.1:${server.port}`, credential }));
await verifier.ready();
for (let n = 0; n < keys.length; n += WAITING) await Promise.all(keys.slice(n, n + WAITING).map(verify));

const bare = bareLoop(KEYS);
const times = { bare: [] as number[], ours: [] as number[], reports: [] as number[] };
for (let round = -2; round < ROUNDS; round++) {
  const order = Uint32Array.from({ length: VERIFIES }, () => Math.floor(Math.random() * KEYS));
  const nsBare = cpuOf(() => bare(order), VERIFIES);
  const nsOurs = cpuOf(() => {
    for (const n of order) expect(verify(keys[n] as KeyWithCase)); // n lies below their number
  }, VERIFIES);
  const began = process.cpuUsage();
  const used = verifier.health().usesWaiting;
  await until(() => verifier.health().usesWaiting === 0, { ms: 60_000, everyMs: 100 });
  if (round < 0) continue; // while the code is compiled
  times.bare.push(nsBare);
  times.ours.push(nsOurs);
  times.reports.push(cpuSince(began) / used);
}
const [nsBare, nsOurs, nsReport] = [median(times.bare), median(times.ours), median(times.reports)];
console.log('| cached keys | bare loop | createVerifier | ratio |\n|---|---|---|---|');
console.log(`| ${KEYS} | ${nsBare.toFixed(0)} ns | ${nsOurs.toFixed(0)} ns | ${(nsBare / nsOurs).toFixed(2)} |`);
console.log(`\n${nsReport.toFixed(0)} ns for each key whose uses are reported, once a second`);

const good = keys.slice(0, 10_000);
const p99s = { alone: [] as number[], flooded: [] as number[] };
const before = await bytes();
await flood(AT_ONCE);
const [alone, flooded] = [p99s.alone, p99s.flooded].map(([one = Number.NaN]) => one.toFixed(0));
console.log(
  `\n${flooded} ns is the p99 of good keys beside the first ${AT_ONCE} unknown ones, ${alone} ns without them`,
);
await flood(UNKNOWN - AT_ONCE);
const after = await bytes();
const asked = UNKNOWN - verifier.health().refusedUnasked;
const mb = (of: 'application' | 'server') => ((after[of] - before[of]) / 1e6).toFixed(1);
const ns = [p99s.alone, p99s.flooded].map(all => `${median(all).toFixed(0)} ns`).join(' | ');
const ratio = median(p99s.flooded.map((flooded, n) => flooded / (p99s.alone[n] ?? Number.NaN)));
console.log('\n| unknown keys | MB more | MB more of the server | asked for | p99 alone | p99 beside them | ratio |');
console.log('|---|---|---|---|---|---|---|');
console.log(`| ${UNKNOWN} | ${mb('application')} | ${mb('server')} | ${asked} | ${ns} | ${ratio.toFixed(2)} |`);

function verify({ token, one: { method, path } }: KeyWithCase) {
  return verifier.verify(token, { api, method, path, address: '203.0.113.24', agent: 'curl/8.14.1' });
}

function expect(decision: ReturnType<typeof verify>): void {
  if (decision instanceof Promise || !decision.allowed) throw new Error('refused');
}

/** Of both processes. */
async function bytes(): Promise<{ application: number; server: number }> {
  return { application: await settled(), server: await server.settledBytes() };
}

async function flood(unknown: number): Promise<void> {
  for (let sent = 0; sent < unknown; sent += AT_ONCE) {
    const texts = Array.from({ length: AT_ONCE }, () => {
      const key = newKeyId(randomBytes);
      return inOnePiece(formatToken('kw', key, newSecret(key, randomBytes)).reveal());
    });
    p99s.alone.push(await p99(() => verify(anyGood())));
    p99s.flooded.push(await p99(n => verifier.verify(texts[n] ?? '', { api })));
  }
}

/** Nanoseconds in which 99 of 100 good keys are verified, with another text before each; for answers it waits after each thousand. */
async function p99(other: (n: number) => { allowed: boolean } | Promise<{ allowed: boolean }>): Promise<number> {
  const took = new Float64Array(AT_ONCE);
  const waiting: Promise<{ allowed: boolean }>[] = [];
  for (let n = 0; n < AT_ONCE; n++) {
    const decided = other(n);
    if (decided instanceof Promise) waiting.push(decided);
    const one = anyGood();
    const began = performance.now();
    expect(verify(one));
    took[n] = (performance.now() - began) * 1e6;
    if ((n + 1) % WAITING > 0 || waiting.length === 0) continue;
    for (const { allowed } of await Promise.all(waiting.splice(0))) if (allowed) throw new Error('allowed');
  }
  return took.sort()[Math.floor(AT_ONCE * 0.99)] ?? Number.NaN;
}

function anyGood(): KeyWithCase {
  return good[Math.floor(Math.random() * good.length)] as KeyWithCase; // of a list of that length
}
