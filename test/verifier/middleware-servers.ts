import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ReadableStream } from 'node:stream/web';
import type { RemoteVerifier } from '@keywright/verifier';
import { keywright as expressKeywright } from '@keywright/verifier/express';
import { keywright as fastifyKeywright } from '@keywright/verifier/fastify';
import { withKey } from '@keywright/verifier/fetch';
import {
  type AccessKey,
  type AccessKeyVariables,
  keywright as honoKeywright,
  type MiddlewareOptions,
} from '@keywright/verifier/hono';
import express from 'express';
import { type FastifyRequest, fastify } from 'fastify';
import { type Context, Hono } from 'hono';
import { SIBLINGS } from '../gateways/rights.ts';

export interface ApiServer extends AsyncDisposable {
  port: number;
  /** What the handlers got, oldest first. */
  arrived: Arrived[];
}

export interface Arrived {
  accessKey: AccessKey | undefined;
  method: string;
  body: string;
  /** Of `ROUTES`, that which the framework has chosen; undefined for none. */
  route: string | undefined;
}

export const ROUTES = [...SIBLINGS, '/orders/:order', '/orders/:order/refund', '/admin'];

type Start = (verifier: RemoteVerifier, options: MiddlewareOptions) => Promise<ApiServer>;

/** An API in each framework, as its users would write it: one line more than without Keywright. Its handler takes down what it got. */
export const SERVERS: Record<string, Start> = {
  async express(verifier, options) {
    const arrived: Arrived[] = [];
    const app = express();
    app.use(expressKeywright(verifier, options));
    const handler = (route?: string) => async (request: express.Request, response: express.Response) => {
      arrived.push({ accessKey: request.accessKey, method: request.method, body: await text(request), route });
      response.send('done');
    };
    for (const route of ROUTES) app.all(route, handler(route));
    app.use(handler());
    return listening(createServer(app), arrived);
  },

  async fastify(verifier, options) {
    const arrived: Arrived[] = [];
    const app = fastify();
    await app.register(fastifyKeywright, { verifier, ...options });
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    const handler = (route?: string) => async (request: FastifyRequest) => {
      const { accessKey, method, body } = request;
      arrived.push({ accessKey, method, body: String(body ?? ''), route });
      return 'done';
    };
    for (const route of ROUTES) app.all(route, handler(route));
    app.all('/*', handler());
    await app.ready();
    return listening(app.server, arrived);
  },

  async hono(verifier, options) {
    const arrived: Arrived[] = [];
    const app = new Hono<{ Bindings: Peer; Variables: AccessKeyVariables<boolean> }>();
    app.use(honoKeywright(verifier, { ...options, address: c => (c.env as Peer).address })); // as speakingFetch hands it over
    const handler = (route?: string) => async (c: Context<{ Variables: AccessKeyVariables<boolean> }>) => {
      arrived.push({ accessKey: c.get('accessKey'), method: c.req.method, body: await c.req.text(), route });
      return c.text('done');
    };
    for (const route of ROUTES) app.all(route, handler(route));
    app.all('*', handler());
    return listening(createServer(speakingFetch(app.fetch)), arrived);
  },

  async fetch(verifier, options) {
    const arrived: Arrived[] = [];
    const handler = withKey(
      verifier,
      async (request, accessKey, _peer: Peer) => {
        arrived.push({ accessKey, method: request.method, body: await request.text(), route: undefined });
        return new Response('done');
      },
      { ...options, address: (_request, peer) => peer.address },
    );
    return listening(createServer(speakingFetch(handler)), arrived);
  },
};

/** From where a request came, as fetch servers tell it beside the request. */
interface Peer {
  address: string | undefined;
}

/** What servers of `fetch` handlers do: paths are read as URLs, header lines of one name joined. */
function speakingFetch(handler: (request: Request, peer: Peer) => Response | Promise<Response>) {
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url, rawHeaders, socket } = incoming;
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
    const hasBody = method !== 'GET' && method !== 'HEAD';
    // Node's own stream of the web is that of the DOM, under another name.
    const body = hasBody
      ? { body: Readable.toWeb(incoming) as BodyInit & ReadableStream, duplex: 'half' as const }
      : {};
    const request = new Request(`http://api.example.com${url}`, { method, headers, ...body });
    const response = await handler(request, { address: socket.remoteAddress });
    outgoing.writeHead(response.status, [...response.headers].flat()).end(await response.text());
  };
}

/** On both families at once, so that addresses come as they do where people run it. */
async function listening(server: Server, arrived: Arrived[]): Promise<ApiServer> {
  server.listen(0, '::ffff:127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    port,
    arrived,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
