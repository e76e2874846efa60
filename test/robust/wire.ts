import { Agent, request } from 'node:http';
import { connect } from 'node:net';

export interface Sent {
  method: string;
  /** As it stands in the request line: already encoded, or broken on purpose. */
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  body?: string | Buffer | undefined;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Whatever is asked, a server that has not answered after this long hangs. */
const HANGS_MS = 10_000;

/** One connection that is kept alive, on which one request follows the other. */
export class Wire implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  ask({ method, path, headers, body }: Sent): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const asked = request({
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.#port,
      method,
      path,
      headers: [...headers, ['host', `127.0.0.1:${this.#port}`], ...lengthOf(body)].flat(),
      timeout: HANGS_MS,
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
    asked.on('error', reject);
    asked.on('response', response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function lengthOf(body: string | Buffer | undefined): [string, string][] {
  return body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))]];
}

/** Writes the bytes as they are, says that nothing more comes, and reads until the server closes. */
export async function exchangeBytes(url: string, bytes: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let heard = '';
  const clock = setTimeout(() => {
    socket.destroy();
    reject(new Error(`the server neither answered nor closed; so far: ${heard.slice(0, 500)}`));
  }, HANGS_MS);
  socket.setEncoding('latin1');
  socket.on('data', text => {
    heard += text;
  });
  // A server may close while we still write.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(clock);
    resolve(heard);
  });
  socket.end(bytes);
  return promise;
}
