import { once } from 'node:events';
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError } from './config.ts';

type Place = Pick<Config, 'host' | 'port'>;

/**
 * Whether the system hands connections to several processes that listen on one port. Then those that wait for a worker which dies
 * are broken at once; handed on by a parent, they would never be answered. Source: SO_REUSEPORT in socket(7).
 */
const SHARES_PORTS = process.platform === 'linux';

/** Listens and answers with the address. A worker shares the port with the others. Throws ConfigError. */
export async function listen(server: FastifyInstance, { host, port, worker }: Config): Promise<string> {
  const options = { host, port, reusePort: SHARES_PORTS && worker !== undefined };
  await server.listen(options).catch(error => {
    throw refused(error, { host, port });
  });
  return `http://${hostOf(host)}:${portOf(server.server)}`;
}

/**
 * The port that workers will share, held until it is disposed of: with what shares its port, too, the system would let another start of ours listen
 * there. So a name that only one process has stands for it. Throws ConfigError.
 */
export async function holdPort(place: Place): Promise<AsyncDisposable & { port: number }> {
  await using free = await opened({ host: place.host, port: place.port }, place);
  const port = portOf(free);
  const held = SHARES_PORTS ? await opened({ path: `\0keywright-port-${port}` }, { ...place, port }) : undefined;
  return { port, [Symbol.asyncDispose]: async () => held?.[Symbol.asyncDispose]() };
}

async function opened(options: ListenOptions, place: Place): Promise<Server> {
  const server = createServer().listen(options);
  await once(server, 'listening').catch(error => {
    throw refused(error, place);
  });
  return server;
}

export function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // it listens on TCP
}

function refused(error: NodeJS.ErrnoException, { host, port }: Place): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigError(`Port ${port} on ${host} is taken. Choose another with KEYWRIGHT_PORT.`);
    case 'EACCES':
      return new ConfigError(
        `Port ${port} needs more rights than you have. Choose one above 1023 with KEYWRIGHT_PORT.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(`This machine has no address ${host}. Choose another with KEYWRIGHT_HOST.`);
    default:
      return error;
  }
}
