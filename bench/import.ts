import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environment } from '../test/support/config.ts';
import { freePort } from '../test/support/ports.ts';
import { fill } from './keys.ts';
import { markdown, verdict } from './table.ts';

/**
 * `npm run bench:import`: imports hashed keys of another system through the CLI, on SQLite; prints the time and the memory of the
 * server, and ends with 1 when one of them misses its bar. `-- --rows 20000` only tries it, against the same bars.
 */
const SECONDS_MAX = 60;
const MB_ABOVE_IDLE_MAX = 300;

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), 'keywright-import-'));
try {
  const [token = ''] = await fill(folder, 1);
  const file = join(folder, 'keys.jsonl');
  await writeHashes(file);
  const port = await freePort();
  const env = environment({ KEYWRIGHT_DATA: folder, KEYWRIGHT_PORT: String(port) });
  const server = spawn(process.execPath, [join(import.meta.dirname, 'ours.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  const idle = memoryOf(server.pid);
  let peak = idle;
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryOf(server.pid));
  }, 100);
  const began = performance.now();
  await runImport(file, token, port);
  const seconds = (performance.now() - began) / 1000;
  clearInterval(watch);
  console.log(
    `\n${cpus()[0]?.model}, Node ${process.versions.node}, SQLite; ${rows.toLocaleString('en')} hashed keys\n`,
  );
  const figures = [
    figure('time', seconds, 's', SECONDS_MAX),
    figure(`memory of the server above the ${idle} MB when idle`, peak - idle, 'MB', MB_ABOVE_IDLE_MAX),
  ];
  console.log(markdown(['import', 'took', 'at most', 'result'], figures));
  server.kill('SIGTERM');
  await once(server, 'exit');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A line of the table, which decides how the bench ends. */
function figure(title: string, value: number, unit: string, max: number): string[] {
  const reached = value <= max;
  if (!reached) process.exitCode = 1;
  return [title, `${value.toFixed(1)} ${unit}`, `${max} ${unit}`, verdict(reached)];
}

async function writeHashes(file: string): Promise<void> {
  const out = createWriteStream(file);
  for (let row = 0; row < rows; row++) {
    const hash = createHash('sha256')
      .update(`sk_${randomBytes(16).toString('hex')}`)
      .digest('hex');
    const line = `${JSON.stringify({ hash, owner: 'owner0@bench.example', name: `Imported ${row}` })}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

async function runImport(file: string, token: string, port: number): Promise<void> {
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token);
  const cli = join(import.meta.dirname, '../packages/cli/bin/keywright.js');
  const args = ['--server', `http://127.0.0.1:${port}`, '--token-file', tokenFile, 'keys', 'import', file];
  const child = spawn(process.execPath, [cli, ...args], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the import ended with ${code}`);
}

/** What the process holds in memory, in MB. */
function memoryOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
