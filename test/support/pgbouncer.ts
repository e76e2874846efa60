import { findOrInstall } from './debian.ts';
import { startListening } from './listening.ts';
import { unprivileged } from './postgres.ts';

const PGBOUNCER = { title: 'PgBouncer', programs: ['pgbouncer'], folders: ['/usr/sbin'], packages: ['pgbouncer'] };

/** Where PgBouncer is on this machine; it is installed when it is lacking. */
export const pgbouncerPath = () => findOrInstall(PGBOUNCER);

/** A PgBouncer of its own in transaction mode; `url` leads through it to that database. */
export async function startPgbouncer(database: string): Promise<{ url: string } & AsyncDisposable> {
  const { hostname, port: serverPort, username, pathname } = new URL(database);
  const started = await startListening({
    command: await pgbouncerPath(),
    args: ['pgbouncer.ini'],
    files: port => ({ 'pgbouncer.ini': configOf(`host=${hostname} port=${serverPort} user=${username}`, port) }),
    user: unprivileged(),
  });
  const url = `postgres://${username}@127.0.0.1:${started.port}${pathname}`;
  return { url, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

/** Few connections, so that each transaction gets one that another client had before. */
function configOf(server: string, port: number): string {
  return `
[databases]
* = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 200
`;
}
