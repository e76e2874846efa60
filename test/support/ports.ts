import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Below the range from which systems give out ports by themselves, so that no outgoing connection takes one. */
const FIRST = 15_000;
const LAST = 31_999;

/** A port of 127.0.0.1 on which nothing listens, and which no other test process gets as long as this one lives. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if ((await claim(port)) && (await isFree(port))) return port;
  }
}

/** The claim is an abstract socket: it belongs to one process, and goes with it. Systems without them take the port unclaimed. */
async function claim(port: number): Promise<boolean> {
  const claimed = await listen({ path: `\0keywright-test-port-${port}` });
  if (typeof claimed !== 'string') claimed.unref();
  return claimed !== 'EADDRINUSE';
}

async function isFree(port: number): Promise<boolean> {
  const probe = await listen({ port, host: '127.0.0.1' });
  if (typeof probe === 'string') return false;
  await probe[Symbol.asyncDispose]();
  return true;
}

async function listen(options: ListenOptions): Promise<Server | string> {
  const server = createServer().listen(options);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'; // what a server emits as 'error' is a system error
  }
}
