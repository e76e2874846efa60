import { cpus } from 'node:os';
import type { Asked, Decision } from '@keywright/core';
import { verifyAt } from '../packages/server/src/verify-at.ts';
import { makeAccount, makeKey, startTestApp } from '../test/support/app.ts';
import { median } from './median.ts';

/**
 * `npm run bench:counting`: what it costs a decision about a known key that it is counted and timed for /metrics, beside the same without.
 * In turns, medians.
 */
const KEYS = 100;
const ROUNDS = 31;
const DECISIONS = 100_000;
/** A hundredth of what a request of a gateway takes in all. */
const NS_MAX = 150;

await using running = await startTestApp();
const { app } = running;
const { callers } = await makeAccount(app, 'Acme');
const tokens: string[] = [];
for (let n = 0; n < KEYS; n++) tokens.push((await makeKey(app, callers.owner)).token);
const asked: Asked = { project: null, method: 'GET', path: '/', address: '203.0.113.24', agent: 'curl/8' };
const at = app.now();

const ways = {
  plain(text: string): Decision | Promise<Decision> {
    app.feed.forgetIfLate();
    return app.verifier.verify(text, asked, at);
  },
  counted: (text: string) => verifyAt(app, app.counted.doors.forward_auth, text, asked, at),
};
for (const token of tokens) await ways.counted(token);

const plain: number[] = [];
const counted: number[] = [];
for (let round = -3; round < ROUNDS; round++) {
  const both = [nsPerDecision(ways.plain), nsPerDecision(ways.counted)] as const;
  // While the feed is read, which it is between the rounds.
  await new Promise(resolve => setTimeout(resolve, 20));
  if (round < 0) continue; // while the code is compiled
  plain.push(both[0]);
  counted.push(both[1]);
}
const more = median(counted.map((ns, round) => ns - (plain[round] ?? 0)));
console.log(
  `${cpus()[0]?.model}, Node ${process.versions.node}; ${ROUNDS} rounds of ${DECISIONS} decisions, medians\n`,
);
console.log(`| decision | ns |\n|---|---|\n| alone | ${median(plain).toFixed(0)} |`);
console.log(`| counted and timed | ${median(counted).toFixed(0)} |\n`);
console.log(`${more.toFixed(0)} ns more, at most ${NS_MAX}`);
if (more > NS_MAX) process.exitCode = 1;

function nsPerDecision(way: (text: string) => Decision | Promise<Decision>): number {
  const began = process.hrtime.bigint();
  for (let n = 0; n < DECISIONS; n++) {
    const decision = way(tokens[n % KEYS] ?? '');
    if (decision instanceof Promise || !decision.allowed) throw new Error('a known key was refused, or looked up');
  }
  return Number(process.hrtime.bigint() - began) / DECISIONS;
}
