import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerNotFound } from './not-found.ts';

const DIST = join(import.meta.dirname, '../../../console/dist');
const INDEX = join(DIST, 'index.html');

/** Scripts only from files of our own; Mantine writes style elements, so styles may stand in the page. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 31_536_000;

/** The console: its files, and its page for every address that a person can navigate to. */
export async function serveConsole(server: FastifyInstance): Promise<void> {
  const page = existsSync(INDEX) ? await readFile(INDEX) : undefined;
  if (page !== undefined) {
    // Names under assets/ hold a hash of the content.
    await server.register(fastifyStatic, {
      root: DIST,
      wildcard: false,
      index: false,
      globIgnore: ['index.html'],
      cacheControl: false,
      setHeaders: (reply, path) => void reply.header('cache-control', cacheRule(path)),
    });
  }
  server.setNotFoundHandler((request, reply) => {
    if (page === undefined || !isNavigation(request)) return answerNotFound(request, reply);
    return sendPage(reply, page);
  });
}

function sendPage(reply: FastifyReply, page: Buffer): FastifyReply {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PAGE_POLICY,
    'cache-control': 'no-cache',
  };
  return reply.code(200).headers(headers).send(page);
}

function cacheRule(path: string): string {
  return path.includes('/assets/') ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}

function isNavigation(request: FastifyRequest): boolean {
  const isPage = request.method === 'GET' || request.method === 'HEAD';
  return (
    isPage &&
    !/^\/(v1|api|assets)(\/|$)/.test(request.url) &&
    // Who asks for the first page without saying how wants to see whether anything is there.
    (/^\/($|\?)/.test(request.url) || (request.headers.accept ?? '').includes('text/html'))
  );
}
