import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { freePort } from '../support/ports.ts';

/** A server of 127.0.0.1 that takes every connection and every question, says these bytes to it, and then nothing more. */
export async function startSilentServer(
  bytes: string,
): Promise<AsyncDisposable & { port: number; asked: Promise<void> }> {
  const asked = Promise.withResolvers<void>();
  const lines = new Set<Socket>();
  const server = createServer(socket => {
    lines.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes);
      asked.resolve();
    });
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of lines) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
