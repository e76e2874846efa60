import { limits } from '@keywright/core';
import { isNamed } from './header-name.ts';

/** A request that came whole and says nothing unusual. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names and values of the headers in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** A part of what it was read from, and there as long as that. */
  readonly body: Buffer;
}

/**
 * The only form of a head that is read here: HTTP/1.1, below `/v1/`, visible ASCII, a name of letters, digits, `-` and `_`, at most one space behind its
 * colon and none at the end. Whatever else RFC 9112 allows, or servers have ever disagreed about, is for the parser of `node:http`.
 */
const HEAD = /^[A-Z]+ \/v1\/[!-~]* HTTP\/1\.1\r\n(?:[\w-]+: ?(?:[!-~](?:[ -~]*[!-~])?)?\r\n)+\r\n$/;
const BEGINNING = /^[A-Z]+ \/v1\/[!-~]* HTTP\/1\.1\r\n/;
const HEAD_END = '\r\n\r\n';
const VERSION = ' HTTP/1.1\r\n';

/**
 * Reads what a gateway or an application asks for each of its own requests, in a small part of the time that `node:http` takes. Undefined for all
 * that is not exactly one request, without any header about its connection or its body but `Connection: keep-alive` and one `Content-Length`;
 * `begun` when more of it has to come.
 */
export function readPlainRequest(bytes: Buffer): PlainRequest | 'begun' | undefined {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, limits.headerBytesMax));
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return text.length === bytes.length && BEGINNING.test(text) ? 'begun' : undefined;
  const end = headEnd + HEAD_END.length;
  const head = text.slice(0, end);
  if (!HEAD.test(head)) return undefined;
  const lines = head.indexOf(VERSION) + VERSION.length;
  const rawHeaders: string[] = [];
  let length: string | undefined;
  for (let at = lines; at < end - 2; ) {
    const colon = head.indexOf(':', at);
    const lineEnd = head.indexOf('\r\n', colon);
    const name = head.slice(at, colon);
    const value = head.slice(head.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, lineEnd);
    if (isOfConnection(name, value)) return undefined;
    if (isNamed(name, 'Content-Length')) {
      if (length !== undefined) return undefined;
      length = value;
    }
    rawHeaders.push(name, value);
    at = lineEnd + 2;
  }
  const missing = bodyLength(length) - (bytes.length - end);
  if (missing !== 0) return missing > 0 && missing <= limits.bodyBytesMax ? 'begun' : undefined;
  const method = head.slice(0, head.indexOf(' '));
  return { method, url: head.slice(method.length + 1, lines - VERSION.length), rawHeaders, body: bytes.subarray(end) };
}

const SPACE = 32;

/** Whether the header says how the connection goes on or how the body comes. A server that reads it otherwise sees another request. */
function isOfConnection(name: string, value: string): boolean {
  switch (name.length) {
    case 6:
      return isNamed(name, 'Expect');
    case 7:
      return isNamed(name, 'Upgrade');
    case 10:
      return isNamed(name, 'Connection') && value.toLowerCase() !== 'keep-alive';
    case 16:
      return isNamed(name, 'Proxy-Connection');
    case 17:
      return isNamed(name, 'Transfer-Encoding');
    default:
      return false;
  }
}

/** Without a length there is no body. NaN for what is no length. */
function bodyLength(length: string | undefined): number {
  if (length === undefined) return 0;
  return /^\d+$/.test(length) ? Number(length) : Number.NaN;
}
