import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@keywright/core';
import type { FastifyInstance } from 'fastify';
import type { App } from './app.ts';

/** On connections where nothing happens somebody may be about to ask: in the time that load balancers get, they are left open for so long. */
const IDLE_MS = 1000;
const SWEEP_MS = 50;

/**
 * Stops serving so that nobody notices who has another node to turn to. First it only says so (`/readyz`), for as long as load balancers
 * take to notice. Then it listens no more, each answer is the last of its connection (edges/last-response.ts), and requests may finish;
 * what takes longer than `drainMs` is cut off.
 */
export async function drain(app: App, server: FastifyInstance): Promise<void> {
  const { server: http } = server;
  const { drainWaitMs } = app.config;
  app.isStopping = true;
  await pause(drainWaitMs);
  const deadline = setTimeout(() => http.closeAllConnections(), limits.drainMs);
  // To close means to close idle connections at once, too.
  const closeIdle = http.closeIdleConnections.bind(http);
  if (drainWaitMs > 0) http.closeIdleConnections = () => {};
  const closing = server.close();
  if (drainWaitMs > 0) await Promise.race([pause(Math.min(IDLE_MS, drainWaitMs)), closing]);
  // A connection whose last request has just ended would be kept alive for some seconds more.
  const sweep = setInterval(closeIdle, SWEEP_MS);
  await closing;
  clearTimeout(deadline);
  clearInterval(sweep);
}
