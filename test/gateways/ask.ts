import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface Question {
  method?: string;
  path?: string;
  /** Sent as they stand and as often as they stand. */
  headers?: [string, string][];
  body?: string;
  /** The address of this machine that the request comes from, such as 127.0.0.2. */
  from?: string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Names as they were written and values, in turn. */
  rawHeaders: string[];
  body: string;
}

/** One request over a connection of its own. `fetch` would tidy up paths and headers. */
export async function ask(port: number, question: Question = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = [], body, from } = question;
  const isChunked = headers.some(([name]) => name === 'Transfer-Encoding');
  const length = isChunked ? [] : ['Content-Length', String(Buffer.byteLength(body ?? ''))];
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    localAddress: from,
    agent: false,
    headers: ['Host', 'api.example.com', ...(body === undefined && isReading(method) ? [] : length), ...headers.flat()],
  });
  sent.end(body);
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('there is no response');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const { statusCode = 0, headers: received, rawHeaders } = response;
  return { status: statusCode, headers: received, rawHeaders, body: Buffer.concat(parts).toString() };
}

const isReading = (method: string) => ['GET', 'HEAD', 'OPTIONS'].includes(method);

export const basic = (user: string, password: string): [string, string] => [
  'Authorization',
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
];
export const bearer = (token: string): [string, string] => ['Authorization', `Bearer ${token}`];
export const apiKey = (token: string): [string, string] => ['X-API-Key', token];
