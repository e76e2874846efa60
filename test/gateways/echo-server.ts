import { once } from 'node:events';
import { createServer } from 'node:http';
import { freePort } from '../support/ports.ts';

/** A request as it arrived. */
export interface Arrived {
  method: string;
  url: string;
  /** Names as they were written and values, in turn. */
  rawHeaders: string[];
  body: string;
}

export interface EchoServer extends AsyncDisposable {
  port: number;
  /** Everything that arrived, oldest first. */
  arrived: Arrived[];
}

/** A server of 127.0.0.1 that takes down every request; it answers 200, or what it is told, and tells what it got as JSON. */
export async function startEchoServer(
  answer: () => { status: number; headers?: string[] } = () => ({ status: 200 }),
): Promise<EchoServer> {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request;
      const one = { method, url, rawHeaders, body: Buffer.concat(parts).toString() };
      arrived.push(one);
      const { status, headers } = answer();
      response.writeHead(status, headers).end(status === 204 ? undefined : JSON.stringify(one));
    });
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    arrived,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** All values of the header, in whatever case its name was written. */
export function valuesOf({ rawHeaders }: Arrived, name: string): string[] {
  return rawHeaders.filter((_, n) => n % 2 === 1 && rawHeaders[n - 1]?.toLowerCase() === name.toLowerCase());
}
