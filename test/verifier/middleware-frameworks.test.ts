import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { KeyId } from '@keywright/core';
import type { RemoteVerifier } from '@keywright/verifier';
import { keywright as expressKeywright } from '@keywright/verifier/express';
import { keywright as fastifyKeywright } from '@keywright/verifier/fastify';
import { withKey } from '@keywright/verifier/fetch';
import { type AccessKeyVariables, keywright as honoKeywright } from '@keywright/verifier/hono';
import express5 from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { ask, bearer } from '../gateways/ask.ts';
import { GIVEN } from '../gateways/rights.ts';
import type { NewKey } from './middleware-cases.ts';
import { makeApi, type VerifierWorld, verifierWorld } from './world.ts';

// What is used of it here is the same in both.
const express4 = createRequire(import.meta.url)('express-4') as typeof express5;

/** What one framework has and others have not. The types are part of it: what handlers read compiles, and what is not there does not. */
let world: VerifierWorld;
let verifier: RemoteVerifier;
let api: string;
let restricted: NewKey;

before(async () => {
  world = await verifierWorld();
  api = await makeApi(world.act, 'Shop', [
    { method: 'GET', path: '/orders/{order}', name: 'orders.read' },
    { method: 'POST', path: '/orders', name: 'orders.create' },
  ]);
  restricted = await world.act('createAccessKey', { grants: { [api]: [GIVEN] } });
  verifier = world.verifier();
  await verifier.ready();
});
after(() => world[Symbol.asyncDispose]());

for (const [version, express] of Object.entries({ 5: express5, 4: express4 }))
  describe(`express ${version}`, () => {
    test('a router that is mounted judges the path as it came', async () => {
      const app = express();
      const router = express.Router();
      router.get('/:order', (request, response) => {
        const key: KeyId = request.accessKey.key;
        // @ts-expect-error: handlers see nothing of the secret
        response.json([key, request.accessKey.digest]);
      });
      app.use('/orders', expressKeywright(verifier, { api }), router);
      app.use('/else', expressKeywright(verifier, { api }), router);
      assert.deepEqual(await answersOf(app, ['/orders/7', '/else/7']), [200, 403]);
    });

    test('a router that is mounted at a collection judges the collection itself', async () => {
      const items = await makeApi(world.act, 'Items', [
        { method: 'GET', path: '/items' },
        { method: 'GET', path: '/items/{item}' },
      ]);
      const listing = await world.act('createAccessKey', { grants: { [items]: ['GET /items'] } });
      const app = express();
      const router = express.Router();
      router.use(expressKeywright(verifier, { api: items }));
      router.get(/.*/, (_, response) => void response.send());
      app.use('/items', router);
      const paths = ['/items', '/items?limit=5', '/items/', '/items/?limit=5', '/items/7'];
      assert.deepEqual(await answersOf(app, paths, listing), [200, 200, 403, 403, 403]);
    });

    test('a path that was rewritten is judged as it is handled', async () => {
      const app = express();
      app.use((request, _, next) => {
        request.url = request.url === '/orders/7' ? '/admin' : '/orders/7';
        next();
      });
      app.use(expressKeywright(verifier, { api }), (request, response) => void response.send(request.url));
      assert.deepEqual(await answersOf(app, ['/orders/7', '/admin']), [403, 200]);
    });

    test('a route names its endpoint', async () => {
      const app = express();
      app.get(
        '/a',
        expressKeywright(verifier, { api, endpoint: 'orders.read' }),
        (_, response) => void response.send(),
      );
      app.get(
        '/b',
        expressKeywright(verifier, { api, endpoint: 'orders.create' }),
        (_, response) => void response.send(),
      );
      assert.deepEqual(await answersOf(app, ['/a', '/b']), [200, 403]);
    });

    test('what is thrown behind it is for the handler of errors', async () => {
      const app = express();
      app.use(expressKeywright(verifier, { api }), () => {
        throw new Error('of the handler');
      });
      app.use((_error: Error, _: express5.Request, response: express5.Response, _next: express5.NextFunction) => {
        response.status(418).send();
      });
      assert.deepEqual(await answersOf(app, ['/orders/7']), [418]);
    });

    async function answersOf(app: express5.Express, paths: string[], key = restricted): Promise<number[]> {
      await using server = createServer(app).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo; // of a server that listens on a port
      const statuses: number[] = [];
      for (const path of paths) statuses.push((await ask(port, { path, headers: [bearer(key.token)] })).status);
      return statuses;
    }
  });

describe('fastify', () => {
  test('it is for the context in which it is registered, and a route has options of its own', async () => {
    await using app = fastify();
    app.get('/health', async () => 'up');
    await app.register(async scope => {
      await scope.register(fastifyKeywright, { verifier, api });
      const handler = async ({ accessKey }: { accessKey: { key: KeyId } }) => accessKey.key;
      scope.get('/orders/:order', async request => {
        const key: KeyId = request.accessKey.key;
        // @ts-expect-error: handlers see nothing of the secret
        return [key, request.accessKey.digest];
      });
      scope.get('/a', { config: { accessKey: { endpoint: 'orders.read' } } }, handler);
      scope.get('/b', { config: { accessKey: { endpoint: 'orders.create' } } }, handler);
      scope.get('/c', { config: { accessKey: { optional: true } } }, async request => request.accessKey ?? 'nobody');
    });
    const { token } = restricted;
    const asked = async (url: string, headers = {}) => (await app.inject({ url, headers })).statusCode;
    assert.equal(await asked('/health'), 200);
    assert.deepEqual([await asked('/orders/7'), await asked('/orders/7', { 'x-api-key': token })], [401, 200]);
    assert.deepEqual(
      [await asked('/a', { 'x-api-key': token }), await asked('/b', { 'x-api-key': token })],
      [200, 403],
    );
    assert.deepEqual([await asked('/c'), await asked('/c', { 'x-api-key': 'x' })], [200, 401]);
  });

  test('a path that was rewritten is judged as it is handled', async () => {
    const rewriteUrl = ({ url }: { url?: string | undefined }) => (url === '/orders/7' ? '/admin' : '/orders/7');
    await using app = fastify({ rewriteUrl });
    await app.register(fastifyKeywright, { verifier, api });
    app.get('/admin', async () => 'done');
    app.get('/orders/:order', async () => 'done');
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const asked = async (path: string) =>
      (await ask(Number(port), { path, headers: [bearer(restricted.token)] })).status;
    assert.deepEqual([await asked('/orders/7'), await asked('/admin')], [403, 200]);
  });

  test('a schema for answers leaves the refusal whole', async () => {
    await using app = fastify();
    await app.register(fastifyKeywright, { verifier, api });
    const schema = { response: { 401: { type: 'object', properties: { message: { type: 'string' } } } } };
    app.get('/', { schema }, async () => '');
    const refused = await app.inject({ url: '/' });
    assert.deepEqual([refused.statusCode, refused.json().code], [401, 'malformed']);
    const notThere = await app.inject({ url: '/nowhere' });
    assert.equal(notThere.statusCode, 401);
  });
});

test('hono: handlers that are chained know the key by its type, others by Variables', async () => {
  const chained = new Hono().get('/orders/:order', honoKeywright(verifier, { api }), c => {
    const key: KeyId = c.get('accessKey').key;
    // @ts-expect-error: handlers see nothing of the secret
    return c.json([key, c.var.accessKey.digest]);
  });
  const optional = new Hono<{ Variables: AccessKeyVariables<true> }>();
  optional.use(honoKeywright(verifier, { api, optional: true }));
  // @ts-expect-error: it may not be there
  optional.get('/orders/:order', c => c.text(c.get('accessKey').key));
  optional.get('/', c => c.text(c.get('accessKey')?.key ?? 'nobody'));
  const headers = new Headers([bearer(restricted.token)]);
  const known = await chained.request('/orders/7', { headers });
  assert.deepEqual(await known.json(), [restricted.key, null]);
  assert.equal((await chained.request('/orders/7')).status, 401);
  assert.equal(await (await optional.request('/')).text(), 'nobody');
  assert.equal((await optional.request('/orders/7', { headers })).status, 200);
});

test('fetch: the handler gets the key, and whatever the server hands over', async () => {
  const required = withKey(verifier, (_, accessKey, more: string) => Response.json([accessKey.key, more]), { api });
  // @ts-expect-error: it may not be there
  withKey(verifier, (_, accessKey) => Response.json(accessKey.key), { api, optional: true });
  const optional = withKey(verifier, (_, accessKey) => Response.json(accessKey?.key ?? 'nobody'), {
    api,
    optional: true,
  });
  const request = new Request('http://api.example.com/orders/7', { headers: [bearer(restricted.token)] });
  assert.deepEqual(await (await required(request, 'more')).json(), [restricted.key, 'more']);
  assert.deepEqual(await (await optional(new Request('http://api.example.com/'))).json(), 'nobody');
});
