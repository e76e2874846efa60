import { contract } from '@keywright/contract';
import { KeywrightError, limits } from '@keywright/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { identify } from '../callers/identify.ts';
import type { GraphqlContext } from '../graphql/context.ts';
import { GRAPHIQL_PAGE, GRAPHIQL_POLICY, graphiqlAssets } from '../graphql/graphiql.ts';
import { makeLoaders } from '../graphql/loaders.ts';
import type { Call } from '../run.ts';
import { traceParentIn } from '../traces/trace-parent.ts';
import { prefersHtml } from './accept.ts';
import { challengesFor, edgeError } from './problem.ts';
import { identificationOf, noteCaller } from './request.ts';
import { readJson } from './rest.ts';

const PATHS = ['/graphql', '/graphql/v1'];
const JSON_TYPE = { 'content-type': 'application/json' };
const ASSET_SECONDS = 86_400;

/** GraphQL: the contract at one address, and GraphiQL for people. */
export async function serveGraphql(server: FastifyInstance, app: App): Promise<void> {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answer(app, request, reply);
  await server.register(async scope => {
    scope.removeAllContentTypeParsers();
    // What a form of another site can send (urlencoded, multipart, text) is no GraphQL.
    const json = ['application/json', 'application/graphql+json'];
    scope.addContentTypeParser(json, { parseAs: 'buffer', bodyLimit: limits.bodyBytesMax }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((error, request, reply) => answerError(app, error, request, reply));
    for (const url of PATHS) {
      const config = { operation: 'graphql' };
      scope.get(url, { exposeHeadRoute: false, config }, handler);
      scope.post(url, { config }, handler);
    }
    scope.get('/graphql/assets/:file', sendAsset);
  });
}

async function answer(app: App, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const context = await contextOf(app, request);
  const { method, url, headers } = request;
  if (method === 'GET' && prefersHtml(headers.accept))
    return context.call.caller === undefined ? reply.redirect(SIGN_IN, 303) : sendPage(reply);
  const query = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  const accept = { accept: acceptOf(headers.accept) };
  const asked =
    method === 'GET'
      ? { method, headers: accept }
      : { method, headers: { ...accept, ...JSON_TYPE }, body: bodyOf(request) };
  const response = await (await yoga()).fetch(`http://keywright/graphql${query}`, asked, context);
  // Length and encoding are those of this answer.
  for (const name of ['content-type', 'allow']) {
    const value = response.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  reply.code(response.status).header('cache-control', 'no-store');
  if (response.status === 401) reply.header('www-authenticate', challengesFor(request));
  return reply.send(await response.text());
}

let loading: Promise<ReturnType<typeof import('../graphql/yoga.ts').makeYoga>> | undefined;

/** Loaded once, when somebody first asks, so that no start takes longer for it; who asks meanwhile waits for the same. */
function yoga() {
  loading ??= import('../graphql/yoga.ts').then(({ makeYoga }) => makeYoga());
  return loading;
}

/** What the client takes of the two types that an answer can have; who takes neither gets JSON all the same (RFC 9110, 12.4.1). */
function acceptOf(accept = ''): string {
  const known = /^\s*(\*\/\*|application\/(\*|json|graphql-response\+json))\s*(;|$)/i;
  return (
    accept
      .split(',')
      .filter(range => known.test(range))
      .join() || '*/*'
  );
}

/** What was sent, once it is sure that it is JSON. */
function bodyOf({ body }: FastifyRequest): string {
  const bytes = body instanceof Buffer ? body : Buffer.alloc(0);
  if (bytes.length === 0)
    throw new KeywrightError('malformed_request', 'The body is empty: send a JSON object with `query`.');
  return JSON.stringify(readJson(bytes));
}

const SIGN_IN = `/sign-in?returnTo=${encodeURIComponent('/graphql')}`;

/** Who calls is found once for the request; what they may do is judged for each field. */
async function contextOf(app: App, request: FastifyRequest): Promise<GraphqlContext> {
  const identification = identificationOf(app, request);
  const caller = await identify(app, contract.whoami, identification);
  noteCaller(request, caller);
  const idempotencyKey = request.headers['idempotency-key'];
  const call: Call = {
    caller,
    address: identification.address,
    userAgent: identification.userAgent ?? null,
    idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
    requestId: request.id,
    traceParent: traceParentIn(request.raw.rawHeaders),
  };
  const crossSite = caller !== undefined && !identification.sameOrigin;
  return { app, call, requestId: request.id, crossSite, loaders: makeLoaders(app, call), receipts: new Map() };
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', GRAPHIQL_POLICY)
    .header('cache-control', 'no-cache')
    .send(GRAPHIQL_PAGE);
}

async function sendAsset(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { file } = request.params as { file: string }; // as the route says
  const asset = (await graphiqlAssets()).get(file);
  if (asset === undefined) throw new KeywrightError('not_found', 'There is nothing at this address.');
  return reply
    .type(asset.type)
    .headers({ 'content-encoding': 'gzip', 'cache-control': `public, max-age=${ASSET_SECONDS}` })
    .send(asset.gzip);
}

/** What is refused before GraphQL begins (a key that is dead, a body that is too large) is answered in the form of GraphQL, too. */
async function answerError(
  app: App,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const error = edgeError(thrown);
  if (error.status >= 500) app.log.error({ requestId: request.id, err: error.cause ?? error }, error.message);
  if (error.status === 401) reply.header('www-authenticate', challengesFor(request));
  const { refusal, shownError } = await import('../graphql/errors.ts');
  const { message, extensions } = shownError(refusal(error), request.id);
  const { http: _, ...shown } = extensions;
  const type = /application\/graphql-response\+json/.test(request.headers.accept ?? '')
    ? 'application/graphql-response+json; charset=utf-8'
    : 'application/json; charset=utf-8';
  return reply
    .code(error.status)
    .type(type)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send({ errors: [{ message, extensions: shown }] });
}
