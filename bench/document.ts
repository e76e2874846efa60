import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Options } from './options.ts';
import { type Row, tableOf } from './table.ts';

const PEERS = ['better-auth', '@better-auth/api-key', 'prefixed-api-key', 'ioredis'];
const requireHere = createRequire(import.meta.url);

/** docs/benchmarks.md. It bears no date: the history of the file does. */
export function documentOf(rows: readonly Row[], { rounds, seconds }: Options): string {
  const missed = rows.filter(({ reached }) => reached === false);
  const unmeasured = rows.filter(({ wanted, reached }) => wanted !== '' && reached === undefined);
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `# Benchmarks

Made by \`npm run bench\`, which writes this file. Each figure stands beside its limit or a peer from the same run, measured in turns; absolute figures
move by tens of per cent from machine to machine, so it is the ratios that count.

- Machine: ${cpus()[0]?.model}, ${availableParallelism()} cores, ${memoryGb} GB; Node ${process.versions.node}, SQLite ${process.versions.sqlite}.
- Peers: ${PEERS.map(name => `${name} ${versionOf(name)}`).join(', ')}, redis-server ${versionOfProgram('redis-server')}. Load: wrk ${versionOfProgram('wrk')}.
- HTTP: the server on one core, the load (wrk, 64 connections) on the other; ${rounds} rounds of ${seconds} s, medians; ratios are medians of those of the rounds.
  While one server is measured the others stand still, so that each does in its own rounds what it does at the side, such as writing
  uses; before the rounds beside the bare server it has time to write those of earlier loads. Beside the bare server there are
  three times as many rounds.
  Requests are counted for each second of the processor that the server's process had, so that what else runs on the machine weighs on neither side;
  in brackets the ratio of requests by the clock.

${tableOf(rows)}

${missed.length === 0 ? 'Nothing is missed.' : `${missed.length} of ${rows.filter(({ wanted }) => wanted !== '').length} are missed.`}${unmeasured.length === 0 ? '' : ` ${unmeasured.length} could not be measured.`}

What stands beside ours:

- **bare \`node:http\`** (\`bench/bare.ts\`) gets the same requests and sends the same status, headers and body, without looking at anything; it parses the JSON
  that it gets. Ours holds 100,000 keys, and each request carries a random one.
- **p99** is measured at the same steady rate for both, half of what the bare server can do at most; requests come at random moments, and a latency counts from
  when the request was due (\`bench/steady-load.ts\`).
- **better-auth** has 1,000 keys, its own rate limit switched off; the file is in WAL mode with \`synchronous = normal\`, which is much faster than the file
  as it is by default. **prefixed-api-key** and **Redis** hash and look up only: no states, permissions, limits. Peers send 204 without any identity headers.
  Redis itself runs on the core of the load.
- **in-process** figures are nanoseconds of the processor for each verify. The bare loop is one SHA-256 of the secret, a look into a Map, a comparison in constant
  time, with one key after the other at random.
  Of a known key with another secret the digest has to be compared, which costs more than to recognise a good one again.
- **\`createVerifier\`** is what an application has: with a real server on the other core that it follows, asks for whoever may exist, and reports uses to.
  Without it the decision alone is measured, which is what a node does, too.
- **the flood** has an unknown key before each good one; without it, another good one stands there. Memory is compared with that before
  the first of them, the code being compiled by a flood on another verifier in-process. \`createVerifier\` asks the server for the first ones (at most 1,000 wait
  at a time here) until it has listed which keys there are, and for next to none of the others: its p99 is the median of rounds of 5,000, and the first round has a row of its own.
- **memory, floods and revocations** have no peer: none of them tells a bound, or holds keys in the process.
- **revocation** counts, for each of 4 verifiers in processes of their own and HTTP clients of each worker, until the last accepted request;
  of those over HTTP by when the request was sent.
`;
}

function versionOf(name: string): string {
  // Not every package exports its package.json: it lies in the folder of its name above the entry.
  let folder = dirname(requireHere.resolve(name));
  while (!folder.endsWith(join('node_modules', name))) folder = dirname(folder);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}

/** As it says itself, in whatever words. */
function versionOfProgram(name: string): string {
  const { stdout, stderr } = spawnSync(name, [name === 'wrk' ? '-v' : '--version'], { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? 'of an unknown version';
}
