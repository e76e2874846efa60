import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SlowLine extends AsyncDisposable {
  url: string;
  /** How often something was sent to the server. */
  sent: number;
}

/** A line to a server on which everything takes that long to get there, as over a distance. */
export async function slowLine(url: string, oneWayMs: number): Promise<SlowLine> {
  const { hostname: host, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer(near => {
    const far = connect({ host, port: Number(port), noDelay: true });
    near.setNoDelay();
    near.on('data', () => line.sent++);
    pass(near, far);
    pass(far, near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ours } = server.address() as AddressInfo; // it listens on TCP
  const line: SlowLine = {
    url: Object.assign(new URL(url), { port: String(ours) }).href,
    sent: 0,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return line;

  function pass(from: Socket, to: Socket): void {
    sockets.add(from);
    // Timers of one length end in the order in which they began.
    from.on('data', bytes => setTimeout(() => to.write(bytes), oneWayMs));
    from.on('close', () => setTimeout(() => to.destroy(), oneWayMs));
    from.on('error', () => to.destroy());
  }
}
