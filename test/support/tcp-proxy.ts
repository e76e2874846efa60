import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** In which direction nothing comes through. */
export type Way = 'both' | 'toServer' | 'toClient';

/** A line to a server that can break as lines do. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  #target: { host: string; port: number };
  readonly #lines = new Set<Line>();
  /** Which new lines carry nothing; those that stand have their own mark. */
  #holds: (opening: string) => boolean = () => false;
  #way: Way = 'both';
  #refuses = false;

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.#target = target;
    server.on('connection', socket => this.#accept(socket));
  }

  /** In front of the server at that url. */
  static async start(url: string): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, targetOf(url));
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number }; // it listens on a port
    return `http://127.0.0.1:${port}`;
  }

  /** That url, of a server before which this stands, by way of it. */
  through(url: string): string {
    return Object.assign(new URL(url), { host: new URL(this.url).host }).href;
  }

  /** Breaks every connection; new ones are let in. */
  cut(): void {
    for (const line of this.#lines) line.end();
  }

  /** From now on it leads to the server at that url. */
  leadTo(url: string): void {
    this.#target = targetOf(url);
    this.cut();
  }

  /** Breaks every connection, and each new one at once. */
  refuse(): void {
    this.#refuses = true;
    this.cut();
  }

  /** From now on nothing comes through, and nobody is told: the connections stay open. Of those whose first bytes are as asked, or of all. */
  hold(isMeant: (opening: string) => boolean = () => true, way: Way = 'both'): void {
    this.#holds = isMeant;
    this.#way = way;
    for (const line of this.#lines) line.held = isMeant(line.opening) ? way : undefined;
  }

  /** Lets through what was held back, in its order, and new connections. */
  release(): void {
    this.#refuses = false;
    this.#holds = () => false;
    for (const line of this.#lines) line.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#refuses) {
      client.destroy();
      return;
    }
    const line = new Line(client, connect(this.#target), opening => (this.#holds(opening) ? this.#way : undefined));
    this.#lines.add(line);
    client.on('close', () => this.#lines.delete(line));
  }
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

class Line {
  opening = '';
  held: Way | undefined;
  readonly #ends: readonly Socket[];
  readonly #waiting: (() => void)[] = [];

  constructor(client: Socket, server: Socket, holds: (opening: string) => Way | undefined) {
    this.#ends = [client, server];
    client.once('data', bytes => {
      this.opening = bytes.toString('latin1').slice(0, 200);
      this.held = holds(this.opening);
    });
    this.#pass(client, server, 'toServer');
    this.#pass(server, client, 'toClient');
  }

  release(): void {
    this.held = undefined;
    for (const pass of this.#waiting.splice(0)) pass();
  }

  end(): void {
    for (const socket of this.#ends) socket.destroy();
  }

  #pass(from: Socket, to: Socket, way: Way): void {
    const pass = (act: () => void) => {
      if (this.held === 'both' || this.held === way) this.#waiting.push(act);
      else act();
    };
    from.on('data', bytes => pass(() => to.write(bytes)));
    from.on('end', () => pass(() => to.end()));
    from.on('error', () => this.end());
    from.on('close', () => pass(() => this.end()));
  }
}
