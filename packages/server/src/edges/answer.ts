import { type ServerResponse, STATUS_CODES } from 'node:http';
import { givenRequestId } from './request-id.ts';

/** What a door answers before any router: names and values of headers in turn, and the body as it goes over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Under the id that the request brought. One of our own would lead nowhere: no log tells of what was allowed. */
export function underItsId(answer: Answer, rawHeaders: readonly string[]): Answer {
  const id = answer.status < 300 ? givenRequestId(rawHeaders) : undefined;
  return id === undefined ? answer : { ...answer, headers: [...answer.headers, 'X-Request-Id', id] };
}

/** Answers over `node:http`. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, [...headers]).end(body);
}

/** The same as bytes of a connection: what `node:http` would write. Names and values are ours, and hold nothing that ends a line. */
export function written(
  { status, headers, body }: Answer,
  after: 'keep' | 'close',
  isHead: boolean,
  keepMs: number,
): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  // Names and values in turn.
  for (let n = 0; n < headers.length; n += 2) text += `${headers[n]}: ${headers[n + 1]}\r\n`;
  text += dateLine();
  text +=
    after === 'close'
      ? 'Connection: close\r\n\r\n'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepMs / 1000}\r\n\r\n`;
  return isHead ? text : text + body;
}

let line = '';
let second = 0;

/** Made once a second. Source: RFC 9110, 6.6.1. */
function dateLine(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    line = `Date: ${new Date(now * 1000).toUTCString()}\r\n`;
  }
  return line;
}
