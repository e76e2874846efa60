import { isUtf8 } from 'node:buffer';
import {
  contract,
  fromStrings,
  inputProperties,
  isInQuery,
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
import { hasFewParts } from '../json-parts.ts';
import { authorise, run } from '../run.ts';
import { traceParentIn } from '../traces/trace-parent.ts';
import { endStreamsOnClose, streamChanges, wantsStream } from './changes-stream.ts';
import { sendJson } from './html-view.ts';
import { identificationOf, noteCaller, notedCaller } from './request.ts';

const PROJECT_ID = /^prj_[a-z2-7]{20}$/;

/** REST: one route for each operation, below /v1; for what a project has of its own a second one, below its endpoint. */
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
  endStreamsOnClose(server);
  for (const entry of operations) {
    const { method, inProject, bodyBytesMax: bodyLimit = limits.bodyBytesMax } = entry;
    const path = entry.path.replace(/\{(\w+)\}/g, ':$1');
    server.route({
      method,
      url: `/v1${path}`,
      bodyLimit,
      config: { operation: entry.name },
      ...(entry.bodyBytesMax !== undefined && { onRequest: request => knowFirst(app, entry, request) }),
      handler: (request, reply) => answer(app, entry, request, reply),
    });
    if (!inProject) continue;
    const handler = async (request: FastifyRequest, reply: FastifyReply) =>
      answer(app, entry, request, reply, projectIn(request));
    const config = { operation: entry.name };
    server.route({ method, url: `/v1/projects/:project${path}`, bodyLimit, config, handler });
  }
}

/** A large body is read for those only who may do what it is for. */
async function knowFirst(app: App, entry: Operation, request: FastifyRequest): Promise<void> {
  const caller = await identify(app, entry, identificationOf(app, request));
  authorise(entry, caller);
  noteCaller(request, caller);
}

/** The project at whose endpoint the request came in. */
function projectIn({ params }: FastifyRequest): string {
  const { project } = params as { project: string }; // only the routes below an endpoint ask
  if (!PROJECT_ID.test(project)) throw new KeywrightError('not_found', 'There is no such project.');
  return project;
}

async function answer(
  app: App,
  entry: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  project?: string,
): Promise<unknown> {
  if (entry === contract.readChanges && wantsStream(request))
    return streamChanges(app, request, reply, inputOf(entry, request), project);
  const identification = identificationOf(app, request);
  const caller =
    entry.right === 'public'
      ? undefined
      : (notedCaller(request) ?? (await identify(app, entry, identification, project ?? ownEndpoint(entry, request))));
  noteCaller(request, caller);
  const idempotencyKey = request.headers['idempotency-key'];
  const output = await run(app, entry.name as OperationName, inputOf(entry, request), {
    caller,
    address: identification.address,
    userAgent: identification.userAgent ?? null,
    project,
    idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
    requestId: request.id,
    traceParent: traceParentIn(request.raw.rawHeaders),
  });
  return sendJson(app, request, reply.code(successStatus(entry)), output, { title: entry.summary });
}

/** A project itself is its endpoint, so its own keys can read it. */
function ownEndpoint(entry: Operation, { params }: FastifyRequest): string | undefined {
  return entry.name === 'getProject' ? (params as { project: string }).project : undefined; // as its path says
}

/** The input of an operation from path, query and body: each field has one place. */
function inputOf(entry: Operation, request: FastifyRequest): Record<string, unknown> {
  const query = (request.query ?? {}) as Record<string, string | string[]>; // the querystring parser makes nothing else
  const inPath = request.params as Record<string, string>; // as the route says
  const params = Object.fromEntries(pathFields(entry).map(field => [field, inPath[field]]));
  if (entry.method === 'GET') {
    refuseDoubled(entry, query, 'query');
    return { ...fromStrings(entry, query), ...params };
  }
  const fields = Object.keys(inputProperties(entry));
  const field = Object.keys(query).find(name => !fields.includes(name) || !isInQuery(entry, name));
  if (field !== undefined)
    throw invalid(field.slice(0, 80), 'unknown_field', 'stands in the address: put it into the body');
  const body = request.body === undefined ? {} : request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('body', 'object', 'must be a JSON object');
  const misplaced = Object.keys(body).find(name => fields.includes(name) && isInQuery(entry, name));
  if (misplaced !== undefined) throw invalid(misplaced, 'unknown_field', 'stands in the body: put it into the address');
  refuseDoubled(entry, body, 'body');
  return { ...fromStrings(entry, query), ...body, ...params };
}

function refuseDoubled(entry: Operation, fields: object, place: string): void {
  const doubled = pathFields(entry).find(field => Object.hasOwn(fields, field));
  if (doubled !== undefined)
    throw invalid(doubled, 'unknown_field', `stands in the path already: leave it out of the ${place}`);
}

/** Reads a body: JSON in UTF-8; an empty one counts as an empty object. */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (body.length > limits.bodyBytesMax && !hasFewParts(body.toString('latin1'), limits.bodyPartsMax))
    throw new KeywrightError('malformed_request', `The body holds more than ${limits.bodyPartsMax} objects and lists.`);
  try {
    if (isUtf8(body)) return JSON.parse(body.toString());
  } catch {
    // Said below, as for what is no UTF-8.
  }
  throw new KeywrightError('malformed_request', 'The body is not valid JSON in UTF-8.');
}
