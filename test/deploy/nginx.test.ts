import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { formatToken, newKeyId, newSecret } from '@keywright/core';
import { readConfig } from '@keywright/server';
import { blocksOf, changed } from '../gateways/documented.ts';
import { startNodes, statusAt } from '../nodes/start-nodes.ts';
import { makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { startNginx } from '../support/nginx.ts';
import { freePort } from '../support/ports.ts';
import { freshDatabase } from '../support/postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { balancing, compose, deployFile, healthPaths } from './files.ts';

test('nginx of compose.yaml: the console, the API and an API behind the gateway; health is asked where it is told', async () => {
  const { environment = {} } = compose.services['node-1'] ?? {};
  const { rateLimitStatus } = readConfig({}, { KEYWRIGHT_RATE_LIMIT_STATUS: environment.KEYWRIGHT_RATE_LIMIT_STATUS });
  const { trustedProxies } = readConfig({}, { KEYWRIGHT_TRUSTED_PROXIES: '127.0.0.1' });
  await using keywright = await startTestApp('sqlite', { rateLimitStatus, trustedProxies });
  const { host } = new URL(keywright.url);
  const [gateway, api] = [await freePort(), await freePort()];
  await using nginx = await startNginx(port =>
    changed(deployFile('nginx.conf').replaceAll(/server node-\d:7600/g, `server ${host}`), {
      'listen 8080;': `listen 127.0.0.1:${port};`,
      'listen 8081;': `listen 127.0.0.1:${gateway};`,
      'listen 127.0.0.1:8082;': `listen 127.0.0.1:${api};`,
      'proxy_pass http://127.0.0.1:8082;': `proxy_pass http://127.0.0.1:${api};`,
    }),
  );
  // What docs/gateways/nginx.md has of these, test/gateways/ proves.
  const [gatewayServer = ''] = deployFile('nginx.conf').split('listen 8081;').slice(1);
  const lines =
    blocksOf('nginx.md', 'nginx')
      .join()
      .match(/^ +(auth_request_set|proxy_set_header|add_header) .*$/gm) ?? [];
  assert.ok(lines.length > 20);
  for (const line of lines) assert.ok(gatewayServer.includes(line), line);
  assert.ok(healthPaths.length >= 4);
  for (const { path, health } of healthPaths) assert.equal((await fetch(`${nginx.url}${health}`)).status, 200, path);
  const page = await fetch(nginx.url, { headers: { accept: 'text/html' } });
  assert.match(await page.text(), /<div id="root">/);

  const { callers } = await makeAccount(keywright.app, 'Acme');
  const { token, key, owner } = await makeKey(keywright.app, callers.owner, { networks: ['127.0.0.1'] });
  const withKey = { headers: { authorization: `Bearer ${token}`, 'x-key-owner': 'forged' } };
  const known = await fetch(`${nginx.url}/v1/whoami`, withKey);
  assert.equal(known.status, 200);
  const passed = await fetch(`http://127.0.0.1:${gateway}/orders`, withKey);
  assert.deepEqual([passed.status, await passed.text()], [200, `Key ${key} of ${owner.id}\n`]);
  assert.equal((await fetch(`http://127.0.0.1:${gateway}/orders`)).status, 401);
});

test('nginx asks another node for a decision or a deletion once more, and sends no other change twice', async () => {
  await using stack = new AsyncDisposableStack();
  let seen: string[] = [];
  /** The first that is asked breaks the connection. */
  const startNode = async () => {
    const node = createServer((request, answer) => {
      seen.push(`${request.method} ${request.url}`);
      if (seen.length === 1) request.socket.destroy();
      else answer.end('{}');
    });
    node.listen(0, '127.0.0.1');
    await once(node, 'listening');
    stack.defer(() => void node.close());
    return (node.address() as AddressInfo).port; // it listens
  };
  const [one, other, dead] = [await startNode(), await startNode(), await freePort()];
  // All are asked each time, the dead one, too.
  const nginx = stack.use(await startNginx(port => balancing(port, [one, dead, other])));
  const ask = async (method: string, path: string) => {
    seen = [];
    const { status } = await fetch(`${nginx.url}${path}`, { method, ...(method === 'POST' && { body: '{}' }) });
    return [status, ...seen];
  };
  assert.deepEqual(await ask('GET', '/v1/whoami'), [200, 'GET /v1/whoami', 'GET /v1/whoami']);
  assert.deepEqual(await ask('POST', '/v1/verify'), [200, 'POST /v1/verify', 'POST /v1/verify']);
  const path = '/v1/access-keys/KWX?wait=all';
  assert.deepEqual(await ask('DELETE', path), [200, `DELETE ${path}`, `DELETE ${path}`]);
  for (const method of ['POST', 'PATCH', 'PATCH'])
    assert.deepEqual(await ask(method, path), [502, `${method} ${path}`]);
});

test('while PostgreSQL is away nginx lets known keys pass, however often somebody asks for keys that no node has seen', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await freshDatabase());
  const proxy = stack.use(await TcpProxy.start(database.url));
  const env = { KEYWRIGHT_STALE_MAX_MS: '60000', KEYWRIGHT_RATE_LIMIT_STATUS: '403' };
  const { nodes, token } = stack.use(await startNodes(3, proxy.through(database.url), env));
  const ports = nodes.map(({ url }) => Number(new URL(url).port));
  const gateway = await freePort();
  const nginx = stack.use(
    await startNginx(port =>
      changed(balancing(port, ports), { 'listen unix:api.sock;': `listen 127.0.0.1:${gateway};` }),
    ),
  );
  for (const { url } of nodes) assert.equal(await statusAt(url, token), 204);
  proxy.refuse();
  const orders = `http://127.0.0.1:${gateway}/orders`;
  const statusOf = async (url: string, init: RequestInit) => (await fetch(url, init)).status;
  const verify = (credential: string) =>
    statusOf(`${nginx.url}/v1/verify`, { method: 'POST', body: JSON.stringify({ credential }), headers: JSON_TYPE });
  const pass = (credential: string) => statusOf(orders, { headers: { authorization: `Bearer ${credential}` } });
  for (let round = 0; round < 5; round++) {
    const asked = await Promise.all([verify(unseen()), pass(unseen())]);
    assert.deepEqual(asked, [503, 500]);
    assert.deepEqual([await verify(token), await pass(token)], [200, 200], `round ${round}`);
  }
});

const JSON_TYPE = { 'content-type': 'application/json' };

function unseen(): string {
  const key = newKeyId(randomBytes);
  return formatToken('kw', key, newSecret(key, randomBytes)).reveal();
}
