import { isUtf8 } from 'node:buffer';
import {
  fromStrings,
  type Operation,
  type OperationName,
  operations,
  pathFields,
  successStatus,
} from '@keywright/contract';
import { invalid, KeywrightError, limits } from '@keywright/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { identify } from '../callers/identify.ts';
import { run } from '../run.ts';
import { identificationOf } from './request.ts';

/** REST: one route for each operation, below /v1. */
export function serveRest(server: FastifyInstance, app: App): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.bodyBytesMax },
    (_request, body, done) => {
      try {
        done(null, readJson(body as Buffer)); // parseAs says so
      } catch (error) {
        done(error as Error); // readJson throws KeywrightError only
      }
    },
  );
  for (const entry of operations) {
    const url = `/v1${entry.path.replace(/\{(\w+)\}/g, ':$1')}`;
    server.route({ method: entry.method, url, handler: (request, reply) => answer(app, entry, request, reply) });
  }
}

async function answer(app: App, entry: Operation, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const identification = identificationOf(app, request);
  const caller = entry.right === 'public' ? undefined : await identify(app, entry, identification);
  const idempotencyKey = request.headers['idempotency-key'];
  const output = await run(app, entry.name as OperationName, inputOf(entry, request), {
    caller,
    address: identification.address,
    userAgent: identification.userAgent ?? null,
    idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
  });
  return reply.code(successStatus(entry)).header('cache-control', 'no-store').send(output);
}

/** The input of an operation from path, query and body: each field has one place. */
function inputOf(entry: Operation, request: FastifyRequest): Record<string, unknown> {
  const query = (request.query ?? {}) as Record<string, string | string[]>; // the querystring parser makes nothing else
  const params = (request.params ?? {}) as Record<string, string>;
  if (entry.method === 'GET') {
    refuseDoubled(entry, query, 'query');
    return { ...fromStrings(entry, query), ...params };
  }
  const [field] = Object.keys(query);
  if (field !== undefined)
    throw invalid(field.slice(0, 80), 'unknown_field', 'stands in the address: put it into the body');
  const body = request.body === undefined ? {} : request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('body', 'object', 'must be a JSON object');
  refuseDoubled(entry, body, 'body');
  return { ...body, ...params };
}

function refuseDoubled(entry: Operation, fields: object, place: string): void {
  const doubled = pathFields(entry).find(field => Object.hasOwn(fields, field));
  if (doubled !== undefined)
    throw invalid(doubled, 'unknown_field', `stands in the path already: leave it out of the ${place}`);
}

/** Reads a body: JSON in UTF-8; an empty one counts as an empty object. */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    if (isUtf8(body)) return JSON.parse(body.toString());
  } catch {
    // Said below, as for what is no UTF-8.
  }
  throw new KeywrightError('malformed_request', 'The body is not valid JSON in UTF-8.');
}
