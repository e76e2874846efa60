import { lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { invalid, KeywrightError, limits, type Network } from '@keywright/core';
import { mayAskAt } from './public-address.ts';

const REDIRECTS_MAX = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Gets a document from an address that a person has given. The address of every hop is looked at, and connected to as it was looked
 * at: a name that resolves to something else a moment later leads nowhere.
 */
export async function fetchDocument(address: string, allowed: readonly Network[]): Promise<string> {
  const signal = AbortSignal.timeout(limits.openapiFetchMs);
  let url = urlOf(address);
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const answer = await ask(url, allowed, signal);
    const status = answer.statusCode ?? 0;
    if (status === 200) return readText(answer);
    answer.destroy();
    if (!REDIRECTS.has(status)) throw invalid('url', 'status', `answers ${status}, not 200`);
    url = urlOf(answer.headers.location ?? '', url);
  }
  throw invalid(
    'url',
    'redirects',
    `leads on more than ${REDIRECTS_MAX} times: give the address where the document is`,
  );
}

function urlOf(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw invalid('url', 'url', 'must be an address such as https://api.example.com/openapi.json');
  if (url.username !== '' || url.password !== '')
    throw invalid('url', 'credentials', 'must hold no username and password');
  return url;
}

function ask(url: URL, allowed: readonly Network[], signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayAskAt(host, allowed)) throw internal();
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { accept: 'application/json, application/yaml, text/plain, */*', 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    request(url, { agent: false, signal, headers, lookup: guardedLookup(allowed) }, resolve)
      .on('error', error => reject(unreachable(error)))
      .end();
  });
}

/** Resolves a name for the connection itself, and only when all its addresses may be asked. */
function guardedLookup(allowed: readonly Network[]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '');
      if (!addresses.every(({ address }) => mayAskAt(address, allowed))) return callback(internal(), '');
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

async function readText(answer: IncomingMessage): Promise<string> {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    answer.destroy();
    throw invalid('url', 'encoding', 'answers with a compressed body, which was not asked for');
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer) {
      bytes += part.length;
      // Leaving the loop ends the connection.
      if (bytes > limits.openapiBytesMax)
        throw invalid('url', 'size', `holds more than ${limits.openapiBytesMax} bytes`);
      parts.push(part);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw invalid('url', 'encoding', 'holds text that is no UTF-8');
    throw unreachable(error);
  }
}

function internal(): KeywrightError {
  return invalid(
    'url',
    'address',
    'leads to an internal address, from which nothing is fetched: paste the document or upload it',
  );
}

function unreachable(error: unknown): KeywrightError {
  if (error instanceof KeywrightError) return error;
  const isSlow = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  const message = isSlow
    ? `did not answer within ${limits.openapiFetchMs / 1000} seconds`
    : `can not be reached${code}`;
  return invalid('url', 'unreachable', message);
}
