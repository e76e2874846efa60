import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { config } from './config.ts';
import { findOrInstall } from './debian.ts';
import { freePort } from './ports.ts';
import { Program, type User } from './program.ts';
import { tempFolder } from './temp-folder.ts';
import { until } from './until.ts';

const run = promisify(execFile);

const POSTGRES = {
  title: 'PostgreSQL',
  programs: ['postgres'],
  folders: ['/usr/lib/postgresql/*/bin'],
  packages: ['postgresql'],
};

/** What a server that is thrown away afterwards need not do. */
const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

export interface PostgresOptions {
  /** Whether each commit reaches the disk, for tests that kill the server. */
  durable?: boolean;
}

/** A PostgreSQL server of its own, empty, on a free port of 127.0.0.1. */
export interface Postgres extends AsyncDisposable {
  /** The administrator's url. */
  url: string;
  /** The url of a fresh database on this server. */
  createDatabase(): Promise<string>;
  /** Ends it tidily. */
  stop(): Promise<void>;
  /** Ends it by `kill -9`. */
  kill(): Promise<void>;
  /** Ends it as `pg_ctl stop -m immediate` does. */
  quit(): Promise<void>;
  /** Starts it again on the same data and the same port, after `stop` or `kill`. */
  restart(): Promise<void>;
}

/** Where its programs lie: pg_dump and others. */
export async function postgresFolder(): Promise<string> {
  return dirname(realpathSync(await findOrInstall(POSTGRES)));
}

export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<Postgres> {
  const cluster = ['-U', 'keywright', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  return startOn(data => ['initdb', ...cluster, '-D', data], durable ? [] : CARELESS);
}

/** A server that follows the one at that url (streaming replication) and takes no changes itself. */
export async function startReplica(url: string): Promise<Postgres> {
  const { hostname, port, username } = new URL(url);
  const from = ['-h', hostname, '-p', port, '-U', username, '--checkpoint=fast', '--no-sync', '--write-recovery-conf'];
  return startOn(data => ['pg_basebackup', ...from, '-D', data], CARELESS);
}

/** A server on data that the command makes in the folder that it is given. */
async function startOn(make: (data: string) => string[], more: readonly string[]): Promise<Postgres> {
  const postgres = realpathSync(await findOrInstall(POSTGRES));
  const folder = tempFolder();
  const user = unprivileged();
  if (user) chownSync(folder.path, user.uid, user.gid);
  const data = join(folder.path, 'data');
  const [command = '', ...args] = make(data);
  await run(join(dirname(postgres), command), args, { cwd: folder.path, ...user });

  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const url = `postgres://keywright@127.0.0.1:${port}/postgres`;
  const launch = async () => {
    const program = await Program.start({
      command: postgres,
      args: ['-D', data, ...[...settings, ...more].flatMap(setting => ['-c', setting])],
      folder: folder.path,
      logFile: join(folder.path, 'log'),
      user,
      endSignal: 'SIGQUIT',
    });
    await program.answers(() => execute(url, 'select 1'));
    return program;
  };
  let program = await launch();
  return {
    url,
    createDatabase: () => createDatabase(url),
    stop: () => program.end('SIGINT'),
    kill: () => program.end('SIGKILL'),
    quit: () => program.end('SIGQUIT'),
    async restart() {
      // After kill -9 its processes go one after the other, and until then a new server refuses to start.
      program = await until(launch, { ms: 30_000, everyMs: 100, what: 'PostgreSQL to start again' });
    },
    async [Symbol.asyncDispose]() {
      await program.end();
      folder[Symbol.dispose]();
    },
  };
}

/** A database for one test file: on the server of `npm test`, or on one of its own when the file runs alone. */
export async function freshDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const server = config.sharedPostgres ?? (await ownServer()).url;
  const url = await createDatabase(server);
  const drop = `drop database if exists "${new URL(url).pathname.slice(1)}" with (force)`;
  return { url, [Symbol.asyncDispose]: () => execute(server, drop) };
}

let own: Promise<Postgres> | undefined;

/** Started once and left running: it ends with this process. */
function ownServer(): Promise<Postgres> {
  own ??= startPostgres();
  return own;
}

async function createDatabase(server: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `create database "${name}"`);
  return Object.assign(new URL(server), { pathname: name }).href;
}

export async function execute(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`, or `nobody` where there is none. */
export function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return userNamed('postgres') ?? userNamed('nobody');
}

function userNamed(name: string): User | undefined {
  const idOf = (kind: '-u' | '-g') => Number(execFileSync('id', [kind, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    return undefined;
  }
}
