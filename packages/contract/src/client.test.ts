import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { ApiError, createClient, requestOf } from './client.ts';
import { contract, operations } from './contract.ts';

/** A server that answers with what it was told, and remembers what it was asked. */
let answer: { status: number; type: string; body: string } = { status: 200, type: 'application/json', body: '{}' };
let asked: { method?: string; url?: string; headers: IncomingMessage['headers']; body: unknown } | undefined;

const server = createServer(async (request, response) => {
  const { method, url, headers } = request;
  const body = headers['content-length'] === undefined ? undefined : await json(request);
  asked = { ...(method && { method }), ...(url && { url }), headers, body };
  response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
});
let client: ReturnType<typeof createClient>;

before(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a socket file
  client = createClient({ server: `http://127.0.0.1:${port}`, token: 'kw_token' });
});
after(() => server.close());

function answering(status: number, body: unknown, type = 'application/json'): void {
  answer = { status, type, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

describe('a call', () => {
  test('exists for each operation', () => {
    assert.deepEqual(
      Object.keys(client),
      operations.map(entry => entry.name),
    );
  });

  test('of GET puts the input into the query', async () => {
    answering(200, { items: [], nextCursor: null });
    const page = await client.listAccessKeys({ text: 'a&b=c', limit: 5, state: 'active' });
    assert.deepEqual(page, { items: [], nextCursor: null });
    assert.deepEqual([asked?.method, asked?.url], ['GET', '/v1/access-keys?text=a%26b%3Dc&limit=5&state=active']);
    assert.equal(asked?.headers.authorization, 'Bearer kw_token');
    assert.equal(asked?.headers['content-type'], undefined);
  });

  test('names the account in which to act, where one was chosen', async () => {
    await client.whoami();
    assert.equal(asked?.headers['keywright-account'], undefined);
    const { port } = server.address() as AddressInfo; // it listens on a port, not on a socket file
    await createClient({ server: `http://127.0.0.1:${port}`, account: 'acc_chosen' }).whoami();
    assert.equal(asked?.headers['keywright-account'], 'acc_chosen');
  });

  test('of GET leaves out what is undefined', async () => {
    await client.listAccessKeys({ text: undefined });
    assert.equal(asked?.url, '/v1/access-keys');
  });

  test('of POST puts it into the body, with an Idempotency-Key when one is given', async () => {
    await client.createAccessKey({ name: 'CI', expiresAt: null }, { idempotencyKey: 'once' });
    assert.deepEqual([asked?.method, asked?.url], ['POST', '/v1/access-keys']);
    assert.deepEqual(asked?.body, { name: 'CI', expiresAt: null });
    assert.equal(asked?.headers['idempotency-key'], 'once');
  });

  test('of PATCH puts the path into the path and the rest into the body', async () => {
    await client.updateAccessKey({ key: 'KWA', enabled: false });
    assert.deepEqual([asked?.method, asked?.url, asked?.body], ['PATCH', '/v1/access-keys/KWA', { enabled: false }]);
  });

  test('of DELETE has no body', async () => {
    answering(200, { done: true });
    assert.deepEqual(await client.deleteAccessKey({ key: 'KWA' }), { done: true });
    assert.deepEqual([asked?.method, asked?.url, asked?.body], ['DELETE', '/v1/access-keys/KWA', undefined]);
  });

  test('is not made to another path than that of its operation', async () => {
    asked = undefined;
    await assert.rejects(async () => client.revokeSession({ session: '' }), { code: 'invalid_value' });
    await assert.rejects(async () => client.revokeSession({ session: '..' }), { code: 'invalid_value' });
    assert.equal(asked, undefined);
  });

  test('can be given up', async () => {
    await assert.rejects(client.whoami({}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });

  test('is shown as the request that it makes', () => {
    assert.deepEqual(requestOf(contract.listEvents, { limit: 2 }), { method: 'GET', path: '/v1/events?limit=2' });
    assert.deepEqual(requestOf(contract.deactivateAccessKey, { key: 'KWA' }), {
      method: 'POST',
      path: '/v1/access-keys/KWA/deactivate',
      body: '{}',
    });
  });
});

describe('an answer that is no success', () => {
  const problem = { type: 'about:blank', title: 'x', status: 422, code: 'invalid_value', detail: 'name: too long' };
  const errors = [{ field: 'name', rule: 'too_big', message: 'too long' }];

  test('is thrown with its code, its fields and the id of the request', async () => {
    answering(422, { ...problem, errors, requestId: 'req-1' }, 'application/problem+json');
    await assert.rejects(client.whoami(), error => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.code, error.status, error.message], ['invalid_value', 422, 'name: too long']);
      assert.deepEqual([error.problems, error.requestId], [errors, 'req-1']);
      return true;
    });
  });

  test('has no fields when none are named', async () => {
    answering(422, { ...problem, requestId: 'req-1' });
    await assert.rejects(client.whoami(), { problems: [] });
  });

  for (const code of ['tea_time', 'toString', '__proto__', 7]) {
    test(`is internal when its code is ${code}`, async () => {
      answering(500, { ...problem, code });
      await assert.rejects(client.whoami(), { code: 'internal', status: 500 });
    });
  }

  const unreadable: Record<string, [status: number, body: string, type: string]> = {
    'a page of a proxy': [502, '<h1>Bad gateway</h1>', 'text/html'],
    'broken JSON': [500, '{"code":', 'application/json'],
    'another JSON': [404, '{"message":"no"}', 'application/json'],
    'null for JSON': [500, 'null', 'application/json'],
    'a page with 200': [200, '<!doctype html>', 'text/html'],
  };
  for (const [name, [status, body, type]] of Object.entries(unreadable)) {
    test(`says where it came from when it is ${name}`, async () => {
      answering(status, body, type);
      const message = `The server answered ${status} without a readable body. Is this the address of Keywright?`;
      await assert.rejects(client.whoami(), { code: 'unavailable', message });
    });
  }
});
