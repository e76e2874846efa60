import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is measured has the first core, what loads it the second. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export interface Load {
  port: number;
  /** See requests.ts. */
  requests: string;
  seconds: number;
  /** Where the load runs, as taskset takes it: on its own core unless told. */
  cores?: string;
}

export interface Result {
  perSecond: number;
  p99Ms: number;
  /** Answers that were not 2xx or 3xx, and broken connections. */
  errors: number;
}

/** As much as 64 connections bring, each asking again as soon as it is answered. Source: wrk's own report. */
export async function fullLoad({ port, requests, seconds, cores }: Load, inTurn = false): Promise<Result> {
  const script = join(import.meta.dirname, 'requests.lua');
  const order = inTurn ? 'in-turn' : 'random';
  const url = `http://127.0.0.1:${port}`;
  return loadBy(['wrk', '-t1', '-c64', `-d${seconds}s`, '-s', script, url, '--', requests, order], cores);
}

/** So many requests a second, whether the earlier ones are answered or not. */
export async function steadyLoad(
  { port, requests, seconds, cores }: Load,
  perSecond: number,
  inTurn = false,
): Promise<Result> {
  const program = join(import.meta.dirname, 'steady-load.ts');
  const order = inTurn ? 'in-turn' : 'random';
  return loadBy([process.execPath, program, ...[port, requests, perSecond, seconds, order].map(String)], cores);
}

async function loadBy(command: readonly string[], cores = String(LOAD_CORE)): Promise<Result> {
  const { stdout } = await run('taskset', ['-c', cores, ...command], { maxBuffer: 10_000_000 });
  const line = stdout.split('\n').find(text => text.startsWith('{'));
  if (line === undefined) throw new Error(`${command[0]} said nothing that can be read: ${stdout}`);
  return JSON.parse(line);
}
