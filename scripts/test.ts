import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { caddyPath } from '../test/support/caddy.ts';
import { chromiumPath } from '../test/support/chromium.ts';
import { environment } from '../test/support/config.ts';
import { haproxyPath } from '../test/support/haproxy.ts';
import { nginxPath } from '../test/support/nginx.ts';
import { pgbouncerPath } from '../test/support/pgbouncer.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { promtoolPath } from '../test/support/promtool.ts';

/**
 * `npm test` runs everything: types, format and lint, and all test files beside one PostgreSQL.
 * `npm test -- decide networks` runs the test files whose path holds one of the words; flags go to `node --test`.
 */
const root = join(import.meta.dirname, '..');
const BUILD_CONSOLE = join(root, 'scripts', 'build-console.ts');

const words = process.argv.slice(2).filter(argument => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter(argument => argument.startsWith('-'));

let running: ChildProcess | undefined;
let stopped: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = signal;
    running?.kill(signal);
  });
}

process.exitCode = 1;
try {
  if (await main()) process.exitCode = 0;
} catch (error) {
  // What is lacking on this machine is said in a sentence; a stack would hide it.
  console.error(error instanceof Error ? error.message : error);
}

async function main(): Promise<boolean> {
  const files = testFiles();
  if (files.length === 0) {
    console.error(`No test file has ${words.join(' or ')} in its path.`);
    return false;
  }
  if (files.some(file => file.startsWith(`test${sep}`)) && !(await buildConsole())) return false;
  if (words.length > 0) return await runTests(files);

  // What is lacking is installed, or said, before minutes are spent.
  await nginxPath();
  await caddyPath();
  await haproxyPath();
  await promtoolPath();
  await pgbouncerPath();
  await chromiumPath();
  await using postgres = await startPostgres();
  const typed = await run('Types', bin('tsc'), ['-p', '.']);
  const tidy = await run('Format and lint', bin('biome'), ['ci', '.']);
  const passed = await runTests(files, { KEYWRIGHT_TEST_PG: postgres.url });
  if (stopped !== undefined) return false;
  if (!typed) console.error('The types are wrong: see the top.');
  if (!tidy) console.error('Format or lint is wrong: see the top.');
  return typed && tidy && passed;
}

function testFiles(): string[] {
  const files = globSync(['packages/*/src/**/*.test.{ts,tsx}', 'test/**/*.test.ts'], { cwd: root }).sort();
  return words.length === 0 ? files : files.filter(file => words.some(word => file.includes(word)));
}

/** The end-to-end tests show the console as it is built. */
async function buildConsole(): Promise<boolean> {
  return !existsSync(BUILD_CONSOLE) || (await run('Console', process.execPath, [BUILD_CONSOLE]));
}

function runTests(files: string[], env: Record<string, string> = {}): Promise<boolean> {
  // One more than there are cores: each waits for programs and pages for a third of its time.
  const concurrency = `--test-concurrency=${availableParallelism() + 1}`;
  const options = ['--test', '--test-reporter=spec', '--test-timeout=900000', concurrency, ...flags];
  return run(`Test files: ${files.length}`, process.execPath, [...options, ...files], env);
}

async function run(title: string, command: string, args: string[], env: Record<string, string> = {}): Promise<boolean> {
  if (stopped !== undefined) return false;
  console.log(`\n— ${title}`);
  running = spawn(command, args, { cwd: root, stdio: 'inherit', env: environment(env) });
  const [code] = await once(running, 'exit');
  running = undefined;
  return code === 0 && stopped === undefined;
}

function bin(name: string): string {
  return join(root, 'node_modules', '.bin', name);
}
