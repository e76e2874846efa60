import { writeFileSync } from 'node:fs';

/** Whole requests as they go over the wire, for whoever loads a server: made once, so that making them costs the load nothing. */
export interface Asking {
  token: string;
  /** Where the gateway asks. */
  at?: string;
  /** The original request. */
  method?: string;
  uri?: string;
}

/** Forward-auth as a gateway asks: the key, and the five headers that name the original request. */
export function forwardAuth({
  token,
  at = '/v1/auth',
  method = 'GET',
  uri = '/forecasts/oslo?days=3',
}: Asking): string {
  const lines = [
    `GET ${at} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${token}`,
    `X-Forwarded-Method: ${method}`,
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: api.example.com',
    `X-Forwarded-Uri: ${uri}`,
    'X-Forwarded-For: 203.0.113.24',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** JSON verify as an application asks. */
export function jsonVerify(token: string): string {
  const body = JSON.stringify({ credential: token, method: 'GET', address: '203.0.113.24' });
  const lines = [
    'POST /v1/verify HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** No request holds a NUL. */
export const BETWEEN_REQUESTS = '\0';

export function writeRequests(file: string, requests: readonly string[]): string {
  writeFileSync(file, requests.join(BETWEEN_REQUESTS));
  return file;
}
