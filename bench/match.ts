import { cpus } from 'node:os';
import { compileEndpoints, type EndpointMatcher } from '@keywright/core';
import { entriesOfGithub } from './in-process-keys.ts';
import { median } from './median.ts';

/**
 * `npm run bench:match`: finding the endpoint of a request among all of GitHub's API beside finding the same one among ten.
 * In turns, medians; the cost must not grow with the number of endpoints.
 */
const FEW = 10;
const ROUNDS = 15;
const FINDS = 300_000;
/** What may lie between the two as noise of the machine. */
const RATIO_MAX = 1.25;

const all = entriesOfGithub();
const few = all.filter((_, n) => n % Math.ceil(all.length / FEW) === 0);
// What both are asked for: real requests for the few, in turns.
const asked = few.map(({ method, path }) => ({ method, path: path.replaceAll(/\{[^}]*\}/g, 'octo-42.x') }));

const [inFew, inAll] = [few, all].map(compileEndpoints) as [EndpointMatcher, EndpointMatcher]; // of two lists
for (const { method, path } of asked) {
  const [one, other] = [inFew.find(method, path), inAll.find(method, path)];
  if (one === undefined || one.id !== other?.id) throw new Error(`${method} ${path} is not found alike`);
}

const times = { few: [] as number[], all: [] as number[] };
for (let round = 0; round <= ROUNDS; round++) {
  const [nsFew, nsAll] = [nsPerFind(inFew), nsPerFind(inAll)];
  if (round === 0) continue; // while the code is compiled
  times.few.push(nsFew);
  times.all.push(nsAll);
}
const [nsFew, nsAll] = [median(times.few), median(times.all)];
const ratio = nsAll / nsFew;
console.log(`${cpus()[0]?.model}, Node ${process.versions.node}; ${ROUNDS} rounds of ${FINDS} finds, medians\n`);
console.log(`| endpoints | ns per find |\n|---|---|\n| ${few.length} | ${nsFew.toFixed(0)} |`);
console.log(`| ${all.length.toLocaleString('en')} | ${nsAll.toFixed(0)} |\n`);
console.log(`ratio ${ratio.toFixed(2)}, at most ${RATIO_MAX}`);
if (ratio > RATIO_MAX) process.exitCode = 1;

function nsPerFind(matcher: EndpointMatcher): number {
  const began = process.hrtime.bigint();
  for (let n = 0; n < FINDS; n++) {
    const one = asked[n % asked.length];
    if (one === undefined || matcher.find(one.method, one.path) === undefined) throw new Error('not found');
  }
  return Number(process.hrtime.bigint() - began) / FINDS;
}
