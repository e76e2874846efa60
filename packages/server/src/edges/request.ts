import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { ACCOUNT_HEADER } from '../callers/act-in.ts';
import type { Caller } from '../callers/caller.ts';
import type { Identification } from '../callers/identify.ts';
import { isLoopbackHost } from '../open-access.ts';
import { clientAddress } from './client-address.ts';

/** What a request says about who calls, from where. */
export function identificationOf(app: App, request: FastifyRequest): Identification {
  const { headers } = request;
  const apiKey = headers['x-api-key'];
  return {
    authorization: headers.authorization,
    apiKey: Array.isArray(apiKey) ? apiKey[0] : apiKey,
    repeated: isRepeated(request.raw.rawHeaders),
    cookie: headers.cookie,
    sameOrigin: isSameOrigin(app, request),
    local: isLocal(request),
    address: addressOf(app, request),
    userAgent: headers['user-agent'],
    account: headers[ACCOUNT_HEADER.toLowerCase()]?.toString(),
  };
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Remembers who calls: for the line of the log, and for what comes later with the same request. */
export function noteCaller(request: FastifyRequest, caller: Caller | undefined): void {
  if (caller !== undefined) callers.set(request, caller);
}

export function notedCaller(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}

export function addressOf(app: App, request: FastifyRequest): string {
  const forwarded = request.headers['x-forwarded-for'];
  return clientAddress(
    request.socket.remoteAddress ?? '',
    typeof forwarded === 'string' ? forwarded : undefined,
    app.config.trustedProxies,
  );
}

/**
 * Whether a browser's page of ours made the request. Browsers name the origin of each change; a request without any such header
 * comes from no browser, and then a stolen cookie is no matter of cross-site requests. Source: OWASP, verifying the origin.
 */
export function isSameOrigin(app: App, request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  if (origin === undefined) return true;
  return origin === app.origin() || URL.parse(origin)?.host === host;
}

/** Headers by which a proxy says for whom it asks. */
const OF_PROXIES = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/** Not even a page whose name was bound to this machine (DNS rebinding) makes such a request: browsers name it as host. */
export function isLocal({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  const ofOurPage = site === undefined || site === 'same-origin' || site === 'none';
  const ofOurOrigin = origin === undefined || URL.parse(origin)?.host === host?.toLowerCase();
  return isLoopbackHost(host) && ofOurPage && ofOurOrigin && OF_PROXIES.every(name => headers[name] === undefined);
}

function isRepeated(rawHeaders: readonly string[]): boolean {
  let carriers = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase();
    if (name === 'authorization' || name === 'x-api-key') carriers++;
  }
  return carriers > 1;
}
