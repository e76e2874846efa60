import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from '@keywright/contract';
import { KeywrightProcess } from '../robust/server-process.ts';
import { ADA, type Owner, setUp } from '../robust/set-up.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';

interface Line {
  level: number;
  msg: string;
  requestId?: string;
  operation?: string;
  method?: string;
  path?: string;
  status?: number;
  ms?: number;
  caller?: { kind: string; id: string; account: string };
  [field: string]: unknown;
}

const INFO = 30;

/** What stands in the log of a server from its start to its end, at the level `info`. */
describe('the log', () => {
  const opened = new AsyncDisposableStack();
  let folder: TempFolder;
  let owner: Owner;
  let lines: Line[];
  let stderr: string;
  const ids = { given: 'gateway-7:42', trace: '0af7651916cd43dd8448eb211c80319c' };
  const answered: Record<string, string | null> = {};

  before(async () => {
    folder = opened.use(tempFolder());
    const env = { KEYWRIGHT_DATA: folder.path, KEYWRIGHT_LOG: 'info' };
    const server = opened.use(new KeywrightProcess({ env }));
    owner = await setUp(server);
    const url = await server.listening();
    const key = { authorization: `Bearer ${owner.token}` };
    const ask = async (name: string, path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
      const answer = await fetch(url + path, { ...init, headers });
      await answer.arrayBuffer();
      answered[name] = answer.headers.get('x-request-id');
    };
    await ask('given', '/v1/members', { ...key, 'x-request-id': ids.given });
    await ask('trace', '/v1/members', { cookie: owner.cookie, traceparent: `00-${ids.trace}-b7ad6b7169203331-01` });
    await ask('own', `/v1/access-keys/${owner.key}`, key);
    await ask('refused', `/v1/access-keys/${owner.token}`, { ...key, 'x-request-id': 'not well formed' });
    await ask('nobody', '/v1/members');
    await ask('graphql', '/graphql', { ...key, 'content-type': 'application/json' }, GRAPHQL);
    await ask('refusedVerify', '/v1/auth', { 'x-request-id': ids.given });
    await ask('allowedVerify', '/v1/auth', { ...key, 'x-request-id': ids.given });
    await ask('unnamedVerify', '/v1/auth', key);
    await ask('console', '/nowhere');
    await ask('health', '/healthz');
    await createClient({ server: url, token: owner.token }).updateAccessKey({ key: owner.key, name: 'renamed' });
    ({ stderr } = await server.end('SIGTERM'));
    lines = stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)); // each is JSON
  });
  after(() => opened.disposeAsync());

  const about = (name: string) => lines.filter(({ requestId }) => requestId === answered[name]);

  test('begins and ends with the server', () => {
    const [first] = lines;
    assert.equal(first?.msg, 'started');
    assert.equal(first?.database, 'sqlite');
    assert.match(String(first?.node), /^nod_/);
    assert.match(String(first?.url), /^http:/);
    assert.deepEqual(
      lines.slice(-2).map(({ msg }) => msg),
      ['stopping', 'stopped'],
    );
  });

  test('ids that came with a request are taken over where they are well formed; each answer has one', () => {
    assert.deepEqual([answered.given, answered.trace], [ids.given, ids.trace]);
    assert.deepEqual([answered.refusedVerify, answered.allowedVerify], [ids.given, ids.given]);
    const { unnamedVerify, ...others } = answered;
    assert.equal(unnamedVerify, null, 'no log tells of what was allowed');
    for (const id of Object.values(others)) assert.match(id ?? '', /^[\w:-]{8,}$/);
    assert.notEqual(answered.refused, 'not well formed');
  });

  test('one line for each request of the management API: what, how it ended, how long it took, and who called', () => {
    const [line, ...more] = about('given');
    assert.deepEqual(more, []);
    const { level, msg, operation, method, path, status, ms, caller } = line ?? assert.fail('there is none');
    assert.deepEqual(
      [level, msg, operation, method, path, status],
      [INFO, 'request', 'listMembers', 'GET', '/v1/members', 200],
    );
    assert.ok((ms ?? 0) > 0);
    assert.deepEqual(caller && [caller.kind, caller.id], ['access_key', owner.key]);
    assert.match(caller?.account ?? '', /^acc_/);
    assert.equal(about('trace')[0]?.caller?.kind, 'member');
    assert.equal(about('own')[0]?.path, `/v1/access-keys/${owner.key}`);
    assert.deepEqual([about('nobody')[0]?.status, about('nobody')[0]?.caller], [401, undefined]);
    assert.equal(about('graphql')[0]?.operation, 'graphql');
    const operations = lines.map(({ operation }) => operation);
    for (const name of ['setUp', 'signIn', 'createAccessKey', 'updateAccessKey'])
      assert.ok(operations.includes(name), name);
  });

  test('nothing of what load balancers and browsers ask for all the time', () => {
    assert.deepEqual([...about('console'), ...about('health')], []);
  });

  test('no secret, also not of who puts one into an address', () => {
    assert.equal(about('refused')[0]?.path, '/v1/access-keys/:key');
    const secret = owner.token.split('_')[2] ?? assert.fail();
    for (const text of [
      secret,
      owner.cookie.split('=')[1] ?? assert.fail(),
      ADA.password,
      ADA.email,
      'not well formed',
    ])
      assert.ok(!stderr.includes(text), text);
  });
});

const GRAPHQL = { method: 'POST', body: JSON.stringify({ query: '{ whoami { account { id } } }' }) };
