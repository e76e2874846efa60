import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startNginx } from '../support/nginx.ts';
import { ask, bearer } from './ask.ts';
import { addressAt, type Between, blocksOf, changed, type Gateway } from './documented.ts';
import { startEchoServer, valuesOf } from './echo-server.ts';
import { holdsItsCases } from './hold.ts';
import { IDENTITY } from './rights.ts';
import { Stand } from './stand.ts';

const nginx: Gateway = {
  name: 'nginx',
  document: 'nginx.md',
  down: 500,
  unavailable: 500,
  hidesProblem: 'always',
  limited: 500,
  yes: [204, 200],
  dropsEmpty: true,
  start: ({ keywright, api, place }: Between) =>
    startNginx(port =>
      changed(blocksOf('nginx.md', 'nginx').join(), {
        'listen 80;': `listen 127.0.0.1:${port};`,
        'server 127.0.0.1:7600;': `server 127.0.0.1:${keywright};`,
        'server 127.0.0.1:8080;': `server 127.0.0.1:${api};`,
        ...addressAt(place),
      }),
    ),
};

holdsItsCases(nginx);

describe('what is peculiar to nginx', () => {
  let stand: Stand;
  before(async () => {
    stand = await Stand.make(nginx);
  });
  after(() => stand[Symbol.asyncDispose]());

  test('it takes one Authorization at most', async () => {
    const { token } = await stand.create();
    await stand.refused({ headers: [bearer(token), bearer(token)] }, 400, undefined);
  });

  test('a method that it does not know is writing', async () => {
    const { token } = await stand.create({ permission: 'read_only' });
    await stand.refused({ method: 'GETS', headers: [bearer(token)], body: '{}' }, 403, 'permission_denied');
  });

  test('nobody can ask Keywright through it', async () => {
    const { token } = await stand.create();
    for (const path of ['/_keywright', '/%5Fkeywright', '/x/../_keywright', '//_keywright'])
      await stand.refused({ path, headers: [bearer(token)] }, 404, undefined);
  });
});

test('its question holds no header of the body, and the path as it was written', async () => {
  await using keywright = await startEchoServer(() => ({ status: 204 }));
  await using api = await startEchoServer();
  await using running = await nginx.start({ keywright: keywright.port, api: api.port });
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) {
    const path = '/a%2Fb/../c?x=1&token=2';
    const body = method === 'POST' ? { body: 'the body' } : {};
    assert.equal((await ask(running.port, { method, path, ...body })).status, 200);
    const asked = keywright.arrived.at(-1) ?? assert.fail();
    assert.deepEqual([asked.method, asked.url], ['GET', '/v1/auth']);
    assert.deepEqual(valuesOf(asked, 'X-Forwarded-Uri'), [path]);
    for (const name of ['Content-Length', 'Transfer-Encoding', 'Connection'])
      assert.deepEqual(valuesOf(asked, name), []);
  }
});

test('what it makes of each status that Keywright may say', async () => {
  let status = 204;
  await using keywright = await startEchoServer(() => ({ status, headers: ['Location', 'http://127.0.0.1/'] }));
  await using api = await startEchoServer();
  await using running = await nginx.start({ keywright: keywright.port, api: api.port });
  const headers = IDENTITY.map((name): [string, string] => [name, 'forged']);
  const statuses = {
    204: 200,
    200: 200,
    401: 401,
    403: 403,
    302: 500,
    400: 500,
    404: 500,
    429: 500,
    500: 500,
    503: 500,
  };
  for (const [said, expected] of Object.entries(statuses)) {
    status = Number(said);
    const count = api.arrived.length;
    assert.equal((await ask(running.port, { headers })).status, expected, said);
    assert.equal(api.arrived.length - count, expected === 200 ? 1 : 0, said);
  }
  assert.ok(api.arrived.every(arrived => IDENTITY.every(name => valuesOf(arrived, name).length === 0)));
});
