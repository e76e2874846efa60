import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseToken } from '@keywright/core';
import { appendEvents, findTopAccount, lockChanges, openStore, type Store } from '@keywright/store';
import { Client } from 'pg';
import { environment } from '../test/support/config.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { until } from '../test/support/until.ts';
import { fill } from './keys.ts';
import { markdown, verdict } from './table.ts';

/**
 * `npm run bench:move`: moves a million keys with a use and an event each from SQLite to PostgreSQL by the command line; once in one go,
 * and once killed in the middle and run again. Ends with 1 when a bar is missed. `-- --keys 20000` only tries it; with `-- --data folder`
 * what was filled there before is moved again.
 */
const SECONDS_MAX = 180;
const MB_MAX = 500;
const ROWS_AT_ONCE = 5000;

const CLI = join(import.meta.dirname, '../packages/cli/bin/keywright.js');

const { values } = parseArgs({ options: { keys: { type: 'string', default: '1000000' }, data: { type: 'string' } } });
const keys = Number(values.keys);
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'keywright-move-'));
try {
  await using postgres = await startPostgres({ durable: true });
  if (!existsSync(join(folder, 'keywright.db'))) await fillAll();
  const whole = await moveTo(await postgres.createDatabase());
  rmSync(join(folder, 'moved'));
  const url = await postgres.createDatabase();
  const cut = move(url);
  await until(() => isHalfway(url), { ms: 600_000, everyMs: 50, what: 'half of the keys to be there' });
  cut.kill('SIGKILL');
  await once(cut, 'exit');
  const resumed = await moveTo(url);
  const isSame = resumed.how === 'resumed' && resumed.digests === whole.digests;
  const check = spawn(process.execPath, [CLI, 'check'], { env: environment({ DATABASE_URL: url }), stdio: 'inherit' });
  const [code] = await once(check, 'exit');
  console.log(
    `\n${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}; ${keys.toLocaleString('en')} keys, ${whole.rows.toLocaleString('en')} rows in all\n`,
  );
  console.log(
    markdown(
      ['move', 'took', 'at most', 'result'],
      [
        figure('in one go, compared row by row', whole.seconds, 's', SECONDS_MAX),
        figure('memory of the command at its peak', whole.mb, 'MB', MB_MAX),
        figure('killed in the middle of the keys and run again: the second run', resumed.seconds, 's', SECONDS_MAX),
        ['both are identical, table by table, and sound', isSame ? 'yes' : 'no', '', conclude(isSame && code === 0)],
      ],
    ),
  );
} finally {
  if (values.data === undefined) rmSync(folder, { recursive: true, force: true });
  else rmSync(join(folder, 'moved'), { force: true });
}

/** A line of the table, which decides how the bench ends. */
function figure(title: string, value: number, unit: string, max: number): string[] {
  return [title, `${value.toFixed(1)} ${unit}`, `${max} ${unit}`, conclude(value <= max)];
}

function conclude(reached: boolean): string {
  if (!reached) process.exitCode = 1;
  return verdict(reached);
}

function move(url: string): ChildProcess {
  const args = [CLI, 'move', '--data', folder, '--json'];
  return spawn(process.execPath, args, {
    env: environment({ DATABASE_URL: url }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function moveTo(url: string) {
  const began = performance.now();
  const moving = move(url);
  let mb = 0;
  const watch = setInterval(() => {
    mb = Math.max(mb, memoryOf(moving.pid));
  }, 100);
  let text = '';
  moving.stdout?.on('data', part => {
    text += part;
  });
  const [code] = await once(moving, 'close');
  clearInterval(watch);
  if (code !== 0) throw new Error(`the move ended with ${code}`);
  const { how, rows, tables } = JSON.parse(text);
  return { how, rows, digests: JSON.stringify(tables), mb, seconds: (performance.now() - began) / 1000 };
}

/** What the process holds in memory, in MB; 0 when it has ended. */
function memoryOf(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** By what the move itself has noted on the target. */
async function isHalfway(url: string): Promise<boolean> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(`select value from moving where kind = 'table' and name = 'access_keys'`);
    return rows.length > 0 && JSON.parse(rows[0].value).rows >= keys / 2;
  } finally {
    await client.end();
  }
}

async function fillAll(): Promise<void> {
  const tokens = await fill(folder, keys);
  const ids = tokens.map(token => parseToken(token)?.key ?? '');
  await using store = await openStore(join(folder, 'keywright.db'));
  const account = (await findTopAccount(store.db)) ?? '';
  for (let from = 0; from < keys; from += ROWS_AT_ONCE)
    await useAndTell(store, account, ids.slice(from, from + ROWS_AT_ONCE));
}

async function useAndTell(store: Store, account: string, ids: string[]): Promise<void> {
  const at = Date.now();
  const address = '192.0.2.1';
  await store.uses.writeUses(ids.map(key => ({ key, at, address, agent: 'curl/8', api: null, count: 1 })));
  await store.transact(async tx => {
    await lockChanges(tx, store);
    const actor = { kind: 'member', id: 'mem_bench', name: 'Bench' };
    const events = ids.map(id => ({
      account,
      at,
      action: 'createAccessKey',
      actor,
      owner: 'mem_bench',
      target: { kind: 'access_key', id, name: randomBytes(4).toString('hex') },
      details: { permission: 'read_write' },
      address,
    }));
    await appendEvents(tx, events);
  });
}
