import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that can break as lines do. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #lines = new Set<Line>();
  /** Which new lines carry nothing; those that stand have their own mark. */
  #holds: (opening: string) => boolean = () => false;

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.#target = target;
    server.on('connection', socket => this.#accept(socket));
  }

  /** In front of the server at that url. */
  static async start(url: string): Promise<TcpProxy> {
    const { hostname: host, port } = new URL(url);
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, { host, port: Number(port) });
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number }; // it listens on a port
    return `http://127.0.0.1:${port}`;
  }

  /** Breaks every connection; new ones are let in. */
  cut(): void {
    for (const line of this.#lines) line.end();
  }

  /** From now on nothing comes through, and nobody is told: the connections stay open. Of those whose first bytes are as asked, or of all. */
  hold(isMeant: (opening: string) => boolean = () => true): void {
    this.#holds = isMeant;
    for (const line of this.#lines) line.held = isMeant(line.opening);
  }

  /** Lets through what was held back, in its order. */
  release(): void {
    this.#holds = () => false;
    for (const line of this.#lines) line.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const line = new Line(client, connect(this.#target), opening => this.#holds(opening));
    this.#lines.add(line);
    client.on('close', () => this.#lines.delete(line));
  }
}

class Line {
  opening = '';
  held = false;
  readonly #ends: readonly Socket[];
  readonly #waiting: (() => void)[] = [];

  constructor(client: Socket, server: Socket, holds: (opening: string) => boolean) {
    this.#ends = [client, server];
    client.once('data', bytes => {
      this.opening = bytes.toString('latin1').slice(0, 200);
      this.held = holds(this.opening);
    });
    this.#pass(client, server);
    this.#pass(server, client);
  }

  release(): void {
    this.held = false;
    for (const pass of this.#waiting.splice(0)) pass();
  }

  end(): void {
    for (const socket of this.#ends) socket.destroy();
  }

  #pass(from: Socket, to: Socket): void {
    const pass = (act: () => void) => {
      if (this.held) this.#waiting.push(act);
      else act();
    };
    from.on('data', bytes => pass(() => to.write(bytes)));
    from.on('end', () => pass(() => to.end()));
    from.on('error', () => this.end());
    from.on('close', () => pass(() => this.end()));
  }
}
