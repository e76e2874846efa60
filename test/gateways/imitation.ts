import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { freePort } from '../support/ports.ts';
import { type Answer, ask } from './ask.ts';

export type Header = readonly [name: string, value: string];

/** A request as a proxy holds it, without its body. */
export interface Passing {
  method: string;
  path: string;
  headers: Header[];
  /** The address of whoever opened the connection. */
  address: string;
}

/** What the client gets instead of the API's answer. */
export interface Stopped {
  status: number;
  headers: Header[];
  body: string;
}

/** The rules of a gateway: what becomes of a request, with `ask` for its question. */
export type Rules = (passing: Passing, ask: Ask) => Promise<Passing | Stopped>;
/** Asks the server for authorisation; undefined when it can not be reached, or has not answered within that time. */
type Ask = (question: Pick<Passing, 'method' | 'path' | 'headers'>, withinMs: number) => Promise<Answer | undefined>;

/** A proxy in front of the API which does what the rules say, for gateways that no package of Debian brings. */
export async function startImitation(
  rules: Rules,
  { keywright, api }: { keywright: number; api: number },
): Promise<AsyncDisposable & { port: number }> {
  const asking: Ask = (question, withinMs) => {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, withinMs, undefined);
    const headers = question.headers.map(([name, value]): [string, string] => [name, value]);
    const answer = ask(keywright, { ...question, headers }).catch(() => undefined);
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  };
  const server = createServer((incoming, response) => {
    rules(passingOf(incoming), asking)
      .then(result => ('status' in result ? stop(result, response) : pass(result, incoming, response, api)))
      .catch(error => response.destroy(error));
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function passingOf({ method = '', url: path = '', rawHeaders, socket }: IncomingMessage): Passing {
  return { method, path, headers: pairsOf(rawHeaders), address: socket.remoteAddress ?? '' };
}

export function pairsOf(raw: readonly string[]): Header[] {
  return raw.flatMap((name, n) => (n % 2 === 0 ? [[name, raw[n + 1] ?? ''] as const] : []));
}

export const isNamed = (...names: readonly string[]) => {
  const lower = new Set(names.map(name => name.toLowerCase()));
  return ([name]: Header) => lower.has(name.toLowerCase());
};

/** Another protocol that the request asks for; only with its name in Connection it counts. */
export function upgradeOf(headers: readonly Header[]): string | undefined {
  const named = headers.filter(isNamed('Connection')).flatMap(([, value]) => value.toLowerCase().split(','));
  return named.some(name => name.trim() === 'upgrade') ? headers.find(isNamed('Upgrade'))?.[1] : undefined;
}

/** Those headers replaced by these. */
export function withHeaders(headers: readonly Header[], set: readonly Header[]): Header[] {
  const isSet = isNamed(...set.map(([name]) => name));
  return [...headers.filter(header => !isSet(header)), ...set];
}

export function without(headers: readonly Header[], ...names: readonly string[]): Header[] {
  const isGone = isNamed(...names);
  return headers.filter(header => !isGone(header));
}

function stop({ status, headers, body }: Stopped, response: ServerResponse): void {
  const own = without(headers, 'Content-Length', 'Transfer-Encoding', 'Connection', 'Keep-Alive');
  response.writeHead(status, own.flat()).end(status === 204 ? undefined : body);
}

function pass(
  { method, path, headers }: Passing,
  incoming: IncomingMessage,
  response: ServerResponse,
  port: number,
): void {
  const upstream = request({ host: '127.0.0.1', port, method, path, agent: false, headers: headers.flat() });
  upstream.on('response', answer => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  upstream.on('error', error => response.destroy(error));
  incoming.pipe(upstream);
}
