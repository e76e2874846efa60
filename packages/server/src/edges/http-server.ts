import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { KeywrightError, limitHeaderFields, limits } from '@keywright/core';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { tracedDoor } from '../traces/traced-door.ts';
import { send, underItsId } from './answer.ts';
import { serveConsole } from './console.ts';
import { type Asking, forwardAuth, forwardAuthPlace, type Place } from './forward-auth.ts';
import { serveGraphql } from './graphql.ts';
import { serveHealth } from './health.ts';
import { sendJson } from './html-view.ts';
import { isPlainVerify, jsonVerify } from './json-verify.ts';
import { lastResponses } from './last-response.ts';
import { serveMetrics } from './metrics.ts';
import type { PlainRequest } from './plain-request.ts';
import { challengesFor, edgeError, problemOf } from './problem.ts';
import { serveReference } from './reference.ts';
import { requestIdOf } from './request-id.ts';
import { logRequests } from './request-log.ts';
import { serveRest } from './rest.ts';
import { serveSignIn } from './sign-in.ts';
import { VerifyServer } from './verify-server.ts';

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};

/** All doors of the server on one port. Listening is up to the caller. */
export async function makeHttpServer(app: App): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: limits.bodyBytesMax,
    // An endpoint stands in a path with most of its characters encoded.
    routerOptions: { maxParamLength: 4 * limits.templateCharsMax },
    genReqId: ({ rawHeaders }) => requestIdOf(rawHeaders),
    // What arrives while the server drains is answered, too.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Called for an address that the router cannot read, with a request and a reply like any other.
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...HEADERS, 'x-request-id': request.id });
      // These two differ from all others in generics only.
      answerError(app, error, request as FastifyRequest, reply as FastifyReply);
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket as Socket), // a plain server has no other sockets
    serverFactory: handler => withVerifyDoors(app, handler),
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...HEADERS, 'x-request-id': request.id });
  });
  logRequests(server, app);
  server.setErrorHandler((error, request, reply) => answerError(app, error, request, reply));
  serveHealth(server, app);
  serveMetrics(server, app);
  serveRest(server, app);
  serveSignIn(server, app);
  await serveGraphql(server, app);
  await serveReference(server, app);
  await serveConsole(server);
  return server;
}

/** The two verify doors are answered before any router: every request of a gateway or an application passes through them. */
function withVerifyDoors(app: App, handler: RequestListener): Server {
  const family = app.config.forwardedHeaders;
  const forward = tracedDoor(app, 'forward_auth', (asking: Asking, peer: string, place: Place) =>
    forwardAuth(app, asking, peer, place),
  );
  const verify = tracedDoor(app, 'verify', (request: PlainRequest) => jsonVerify(app, request));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const place = forwardAuthPlace(request, family);
    if (place === undefined) handler(request, response);
    else send(response, underItsId(await forward(request, peerOf(request), place), request.rawHeaders));
  };
  const answerPlain = (request: PlainRequest, socket: Socket) => {
    const place = forwardAuthPlace(request, family);
    if (place !== undefined) return forward(request, socket.remoteAddress ?? '', place);
    return isPlainVerify(request) ? verify(request) : undefined;
  };
  const options = {
    maxHeaderSize: limits.headerBytesMax,
    requireHostHeader: false,
    keepAliveTimeout: limits.keepAliveMs,
    // While the server drains, each answer is the last of its connection.
    ServerResponse: lastResponses((): boolean => !server.listening),
  };
  const server: Server = new VerifyServer(options, answer, answerPlain);
  // An `Expect` that we do not know may be passed over (RFC 9110, 10.1.1); Node alone would refuse it without a word.
  return server.on('checkExpectation', answer);
}

function peerOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}

function answerError(app: App, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = edgeError(thrown);
  if (error.status >= 500) app.log.error({ requestId: request.id, err: error.cause ?? error }, error.message);
  if (error.status === 401) reply.header('www-authenticate', challengesFor(request));
  if (error.status === 503) reply.header('retry-after', '1');
  if (error.charged !== undefined) reply.headers(limitHeaderFields(error.charged));
  const problem = problemOf(error, request.id);
  return sendJson(app, request, reply.code(error.status), problem, {
    title: problem.title,
    detail: error.status === 401 ? `${problem.detail} ${HOW_TO_SIGN_IN}` : problem.detail,
    type: 'application/problem+json',
  });
}

const HOW_TO_SIGN_IN =
  'Load this page again and give an access key as user name and its secret as password, or sign in to the console.';

/** What could not even be read as HTTP gets a problem document, too. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refused = new KeywrightError(error.code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'malformed_request');
  const requestId = randomUUID();
  const body = JSON.stringify(problemOf(refused, requestId));
  const head = [
    `HTTP/1.1 ${refused.status} ${refused.status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
