import { hash, timingSafeEqual } from 'node:crypto';
import { KeywrightError } from '@keywright/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { Gatherer } from '../metrics/gather.ts';
import { isLoopback } from '../open-access.ts';
import { plainAddress } from './client-address.ts';
import { isLocal } from './request.ts';

/** Prometheus: exposition formats, text. */
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * `/metrics`, read on demand. It tells nothing of any key or account, but how much is going on: so it is for this machine, for those who
 * have the token, or for all where the operator says so. It asks no database, which may be what is away.
 */
export function serveMetrics(server: FastifyInstance, app: App): void {
  if (app.config.metrics === 'off') return;
  const gatherer = new Gatherer(app);
  server.get('/metrics', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    demandReader(app.config, request);
    return reply.type(TEXT_TYPE).send(await gatherer.text());
  });
}

/** Throws `forbidden` with the way out. */
function demandReader(config: Config, request: FastifyRequest): void {
  if (config.metrics === 'all' || hasToken(config, request)) return;
  const way =
    'Set KEYWRIGHT_METRICS_TOKEN and send it as bearer token, or let everybody read with KEYWRIGHT_METRICS=all.';
  if (isBehindProxy(config))
    throw new KeywrightError(
      'forbidden',
      `Metrics are for this machine itself; behind a proxy (KEYWRIGHT_URL, KEYWRIGHT_TRUSTED_PROXIES) nobody can tell who that is. ${way}`,
    );
  if (!isLoopback(plainAddress(request.socket.remoteAddress ?? '')) || !isLocal(request) || isOfOldProxy(request))
    throw new KeywrightError('forbidden', `Metrics are for this machine itself, through no proxy. ${way}`);
}

/** The time taken tells nothing of the token. */
function hasToken({ metricsToken }: Config, { headers }: FastifyRequest): boolean {
  const sent = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (metricsToken === undefined || sent === undefined) return false;
  return timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', metricsToken, 'buffer'));
}

/** Where others come through a proxy on this machine, each request is one of this machine. */
function isBehindProxy({ publicUrl, trustedProxies }: Config): boolean {
  return trustedProxies.length > 0 || (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname));
}

/** nginx, unless told otherwise, names neither itself nor for whom it asks; but it asks as nobody else does: in HTTP/1.0. */
function isOfOldProxy({ raw }: FastifyRequest): boolean {
  return raw.httpVersion !== '1.1';
}
