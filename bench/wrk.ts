import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Load {
  url: string;
  /** The request that wrk's script makes: see the .lua files. */
  script: string;
  tokens: string;
  seconds: number;
  core: number;
}

export interface Result {
  perSecond: number;
  p99Ms: number;
  /** Answers that were not 2xx or 3xx, and broken connections. */
  errors: number;
}

/** Loads a server with 64 connections from one core. Source: wrk's own report, as its script prints it in JSON. */
export async function load({ url, script, tokens, seconds, core }: Load): Promise<Result> {
  const args = ['-c', String(core), 'wrk', '-t1', '-c64', `-d${seconds}s`, '-s', script, url, '--', tokens];
  const { stdout } = await run('taskset', args, { maxBuffer: 10_000_000 });
  const line = stdout.split('\n').find(text => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk said nothing that can be read: ${stdout}`);
  return JSON.parse(line);
}
