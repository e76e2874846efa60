import { KeywrightError } from '@keywright/core';
import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';

/**
 * For load balancers and whatever starts processes again: `/healthz` as long as the process answers at all, `/readyz` while it should be given
 * requests: as long as what it remembers may decide, with or without its database. Neither needs a caller or asks the database.
 */
export function serveHealth(server: FastifyInstance, app: App): void {
  server.get('/healthz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok', version: app.version };
  });
  server.get('/readyz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    if (app.isStopping) throw new KeywrightError('unavailable', 'This process is stopping.');
    if (!app.feed.mayDecide) throw new KeywrightError('unavailable', 'The database does not answer.');
    return { status: 'ready', version: app.version };
  });
}
