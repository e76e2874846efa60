import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../test/support/config.ts';
import { findOrInstall } from '../test/support/debian.ts';
import { freePort } from '../test/support/ports.ts';
import { fill } from './keys.ts';
import { load, type Result } from './wrk.ts';

/**
 * `npm run bench`: verify over HTTP beside a bare `node:http` server with the same answers, in the same run, in turns.
 * The server has one core, the load the other. Prints medians and their ratios; `-- --rounds 5 --seconds 8` for more.
 */
const KEYS = 100_000;
const SERVER_CORE = 0;
const LOAD_CORE = 1;

interface Row {
  title: string;
  script: string;
  /** The floor of the ratio to bare. */
  floor: number;
  /** Each key for the first time, on a server that has just started. */
  cold?: true;
}

const ROWS: readonly Row[] = [
  { title: 'forward-auth, cached', script: 'forward-auth.lua', floor: 0.75 },
  { title: 'JSON verify, cached', script: 'verify.lua', floor: 0.65 },
  { title: 'forward-auth, every key for the first time', script: 'cold.lua', floor: 0.35, cold: true },
];

/** What a verify answers, for the bare server to send the same. */
const ANSWER = JSON.stringify({
  allowed: true,
  reason: null,
  missing: null,
  key: 'KWAAAAAAAAAAAAAAAAAA',
  name: 'Key 12345',
  owner: { kind: 'member', id: 'mem_aaaaaaaaaaaaaaaaaaaa', name: 'Owner 345' },
  account: 'acc_aaaaaaaaaaaaaaaaaaaa',
  project: null,
  permission: 'read_write',
  expiresAt: null,
});

const rounds = option('rounds', 3);
const seconds = option('seconds', 5);

await findOrInstall({ title: 'wrk', programs: ['wrk'], folders: [], packages: ['wrk'] });
if (availableParallelism() < 2) throw new Error('The bench needs two cores: one for the server, one for the load.');
const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'));
try {
  console.log(`Making ${KEYS.toLocaleString('en')} keys …`);
  const tokens = await fill(folder, KEYS);
  console.log(`${cpus()[0]?.model}, Node ${process.versions.node}; ${rounds} rounds of ${seconds} s, medians\n`);
  console.log('| | Keywright | bare node:http | ratio | floor | p99 ours / bare |\n|---|---|---|---|---|---|');
  for (const row of ROWS) console.log(await measure(row, tokens));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a row in turns with its limit and makes a line of the table. */
async function measure(row: Row, tokens: string): Promise<string> {
  const ours: Result[] = [];
  const bare: Result[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await oneRun('ours.ts', row, tokens));
    bare.push(await oneRun('bare.ts', row, tokens));
  }
  const errors = [...ours, ...bare].reduce((sum, result) => sum + result.errors, 0);
  if (errors > 0) throw new Error(`${row.title}: ${errors} requests were not answered as they should be`);
  const ratio = median(ours.map((result, round) => result.perSecond / (bare[round]?.perSecond ?? Number.NaN)));
  const [mine, limit] = [ours, bare].map(results =>
    Math.round(median(results.map(result => result.perSecond))).toLocaleString('en'),
  );
  const [p99, bareP99] = [ours, bare].map(results => median(results.map(result => result.p99Ms)).toFixed(1));
  return `| ${row.title} | ${mine}/s | ${limit}/s | ${ratio.toFixed(2)} | ${row.floor} | ${p99} / ${bareP99} ms |`;
}

async function oneRun(program: 'ours.ts' | 'bare.ts', row: Row, tokens: string): Promise<Result> {
  const port = await freePort();
  const args = program === 'bare.ts' ? [String(port), ANSWER] : [];
  const env = environment({ KEYWRIGHT_DATA: folder, KEYWRIGHT_PORT: String(port) });
  const server = spawn(
    'taskset',
    ['-c', String(SERVER_CORE), process.execPath, join(import.meta.dirname, program), ...args],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await once(server.stdout, 'data');
    const url = `http://127.0.0.1:${port}`;
    const script = join(import.meta.dirname, row.script);
    const request = { url, script, tokens, core: LOAD_CORE };
    // A cold run ends before any key comes round again; a warm one begins with every key known.
    if (row.cold) return await load({ ...request, seconds: 2 });
    await load({ ...request, script: join(import.meta.dirname, 'cold.lua'), seconds: 6 });
    if (row.script === 'verify.lua') await load({ ...request, seconds: 2 });
    return await load({ ...request, seconds });
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}
