import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type InputOf, isReading, type OutputOf, operations } from '@keywright/contract';
import { codesOf, graphql, withoutNulls } from '../graphql/ask.ts';
import { documentFor } from '../graphql/document.ts';
import { type Act, acting } from '../operations/acting.ts';
import { validInput } from '../operations/cases.ts';
import { rest, restOf } from '../operations/http.ts';
import { dump, makeWorld, type World } from '../operations/world.ts';
import { type Answer, Wire } from '../robust/wire.ts';
import { DATABASES } from '../support/app.ts';

type NewKey = OutputOf<'createAccessKey'>;
type Draft = InputOf<'createAccessKey'>;
type Request = readonly [method: string, path: string];

/** RunPod: keys with permissions, over REST and in front of a customer's API. */
for (const kind of DATABASES) {
  describe(`API keys with permissions on ${kind}`, () => {
    const opened = new AsyncDisposableStack();
    let world: World;
    let url: string;
    let wire: Wire;
    let act: Act;
    /** The customer's API, another one, and one of another account. */
    let pods: string;
    let billing: string;
    let foreign: string;
    before(async () => {
      world = opened.use(await makeWorld(kind));
      url = world.running.url;
      wire = opened.use(new Wire(url));
      act = acting(world.app, world.home.callers.owner);
      pods = await makeApi(act, 'Pods');
      billing = await makeApi(act, 'Billing');
      foreign = await makeApi(acting(world.app, world.foreign.callers.owner), 'Zanzibar pods');
    });
    after(() => opened.disposeAsync());

    const newKey = (draft: Draft): Promise<NewKey> => act('createAccessKey', draft);

    /** Asks as a gateway and as an application, which must be told the same: the reason, or `allowed`. */
    const ask = async (token: string, api: string, [method, path]: Request): Promise<string> => {
      const forwarded = await forwardAuth(token, `/v1/apis/${api}/auth`, [method, path]);
      const reason = forwarded.status === 204 ? 'allowed' : String(forwarded.headers['x-key-reason']);
      const decision = await act('verify', { credential: token, api, method, path });
      assert.ok('allowed' in decision);
      assert.equal(decision.reason ?? 'allowed', reason, 'the two doors disagree');
      return reason;
    };

    const forwardAuth = (token: string, door: string, [method, path]: Request): Promise<Answer> =>
      wire.ask({
        method: 'GET',
        path: door,
        headers: [
          ['authorization', `Bearer ${token}`],
          ['x-forwarded-method', method],
          ['x-forwarded-uri', path],
        ],
      });

    const restCode = async (token: string, name: 'listAccessKeys' | 'createAccessKey', input = {}) => {
      const { status, body } = await rest(url, name, input, { token });
      return status < 300 ? 'allowed' : String(body.code);
    };

    const LIST: Request = ['GET', '/pods?limit=3'];
    const GET: Request = ['GET', '/pods/a1b2'];
    const START: Request = ['POST', '/pods/a1b2/start'];
    const SEARCH: Request = ['POST', '/pods/search'];
    const LEGACY: Request = ['GET', '/legacy'];

    test('P1 a key is Read/Write, Restricted or Read only; Restricted gives each API its own', async () => {
      const table: [draft: Draft, allowed: Request[], refused: Request[]][] = [
        [{ permission: 'read_write' }, [LIST, GET, START, SEARCH, LEGACY], []],
        [{ permission: 'read_only' }, [LIST, GET, SEARCH, LEGACY], [START]],
        [{ permission: 'restricted' }, [], [LIST, GET, START, SEARCH, LEGACY]],
        [{ grants: { [pods]: 'none' } }, [], [LIST, GET, START, SEARCH, LEGACY]],
        [{ grants: { [pods]: 'read_write' } }, [LIST, GET, START, SEARCH, LEGACY], []],
        [{ grants: { [pods]: 'read_only' } }, [LIST, GET, SEARCH, LEGACY], [START]],
        [{ grants: { [pods]: [] } }, [], [LIST, GET, START, SEARCH, LEGACY]],
        [{ grants: { [pods]: ['GET /pods/{}', 'POST /pods/{}/start'] } }, [GET, START], [LIST, SEARCH, LEGACY]],
        [{ grants: { [billing]: 'read_write' } }, [], [LIST, GET, START, SEARCH, LEGACY]],
      ];
      for (const [draft, allowed, refused] of table) {
        const { token } = await newKey(draft);
        for (const request of allowed)
          assert.equal(await ask(token, pods, request), 'allowed', JSON.stringify([draft, request]));
        for (const request of refused)
          assert.equal(await ask(token, pods, request), 'permission_denied', JSON.stringify([draft, request]));
      }
    });

    test('P1 the gateway is told what the key may do there, and what it lacks', async () => {
      const shown = async (draft: Draft, api = pods) =>
        (await forwardAuth((await newKey(draft)).token, `/v1/apis/${api}/auth`, GET)).headers['x-key-permission'];
      assert.equal(await shown({}), 'read_write');
      assert.equal(await shown({ permission: 'read_only' }), 'read_only');
      assert.equal(await shown({ grants: { [pods]: 'read_only', [billing]: 'read_write' } }), 'read_only');
      assert.equal(await shown({ grants: { [pods]: ['GET /pods/{}'] } }), 'restricted');
      const { id: owner } = await act('createServiceAccount', { name: 'onlooker', role: 'viewer' });
      assert.equal(await shown({ owner, grants: { [pods]: 'read_write' } }), 'read_only');
      const { token } = await newKey({ grants: { [pods]: ['GET /pods/{}'] } });
      const refusal = JSON.parse((await forwardAuth(token, `/v1/apis/${pods}/auth`, START)).body);
      assert.match(refusal.detail, new RegExp(`${pods}: POST /pods/\\{\\}/start`));
      const nameless = JSON.parse((await forwardAuth(token, '/v1/auth', GET)).body);
      assert.match(nameless.detail, /no API was named/);
      const decision = await act('verify', { credential: token, api: pods, method: 'DELETE', path: '/elsewhere' });
      assert.partialDeepStrictEqual(decision, {
        allowed: false,
        missing: `${pods}: read_write`,
        permission: 'restricted',
      });
    });

    test('P1 the last use names the API', async () => {
      const { key, token } = await newKey({ grants: { [pods]: 'read_only' } });
      assert.equal(await ask(token, pods, GET), 'allowed');
      await world.app.uses.flush();
      assert.equal((await act('getAccessKey', { key })).lastUsed?.api, pods);
    });

    test('P2 the request after an edit follows it, over REST and in front of an API', async () => {
      const { key, token } = await newKey({});
      const steps: [change: Omit<InputOf<'updateAccessKey'>, 'key'>, asked: string[]][] = [
        [{}, ['allowed', 'allowed', 'allowed', 'allowed']],
        [{ permission: 'read_only' }, ['allowed', 'permission_denied', 'allowed', 'permission_denied']],
        [
          { permission: 'restricted' },
          ['permission_denied', 'permission_denied', 'permission_denied', 'permission_denied'],
        ],
        [
          { grants: { [pods]: ['POST /pods/{}/start'], keywright: ['GET /v1/access-keys'] } },
          ['permission_denied', 'allowed', 'allowed', 'permission_denied'],
        ],
        [
          { grants: { [pods]: ['GET /pods/{}'], keywright: ['POST /v1/access-keys'] } },
          ['allowed', 'permission_denied', 'permission_denied', 'allowed'],
        ],
        [{ grants: { [pods]: 'read_write' } }, ['allowed', 'allowed', 'permission_denied', 'permission_denied']],
        [{ permission: 'read_write' }, ['allowed', 'allowed', 'allowed', 'allowed']],
      ];
      for (const [change, expected] of steps) {
        await act('updateAccessKey', { key, ...change });
        const seen = [
          await ask(token, pods, GET),
          await ask(token, pods, START),
          await restCode(token, 'listAccessKeys'),
          // What a restricted key makes without a word is as restricted as itself.
          await restCode(token, 'createAccessKey'),
        ];
        assert.deepEqual(seen, expected, JSON.stringify(change));
      }
    });

    test('P2 the request after a change of the API follows it', async () => {
      const { token } = await newKey({ permission: 'read_only' });
      const change = { api: pods, endpoint: 'GET /legacy' };
      assert.equal(await ask(token, pods, LEGACY), 'allowed');
      await act('updateEndpoint', { ...change, reads: false });
      assert.equal(await ask(token, pods, LEGACY), 'permission_denied');
      assert.equal(await ask(token, pods, ['GET', '//legacy']), 'permission_denied', 'nor in another spelling');
      await act('updateEndpoint', { ...change, reads: true });
      assert.equal(await ask(token, pods, LEGACY), 'allowed');
    });

    test('P5 a Read only key can not write: over REST', async () => {
      const { token } = await newKey({ permission: 'read_only' });
      const writing = operations.filter(entry => entry.right !== 'public' && !entry.sessionOnly && !isReading(entry));
      for (const entry of writing) {
        const input = await validInput(world, entry);
        const stood = await dump(world);
        const { status, body } = await restOf(url, entry, input, { token });
        assert.deepEqual([status, body.code], [403, 'permission_denied'], entry.name);
        assert.match(String(body.detail), /read_write/, entry.name);
        assert.deepEqual(await dump(world), stood, entry.name);
      }
    });

    test('P5 a restricted key reaches no endpoint that was not given to it: over REST', async () => {
      const { token } = await newKey({ grants: { keywright: ['GET /v1/access-keys/{}'], [pods]: 'read_write' } });
      const { key } = await newKey({});
      const others = operations.filter(entry => entry.right !== 'public' && !entry.sessionOnly);
      for (const entry of others.filter(entry => !['getAccessKey', 'whoami'].includes(entry.name))) {
        const { status, body } = await restOf(url, entry, await validInput(world, entry), { token });
        assert.deepEqual([status, body.code], [403, 'permission_denied'], entry.name);
      }
      assert.equal((await rest(url, 'getAccessKey', { key }, { token })).status, 200);
      assert.equal((await rest(url, 'whoami', {}, { token })).status, 200);
    });

    test('P5 a Read only key can not write: over GraphQL', async () => {
      const { token } = await newKey({ permission: 'read_only' });
      const writing = operations.filter(entry => entry.right !== 'public' && !entry.sessionOnly && !isReading(entry));
      const calls: [name: string, variables: object][] = [];
      for (const entry of writing) calls.push([entry.name, await validInput(world, entry)]);
      const stood = await dump(world);
      for (const [name, variables] of calls) {
        const answer = await graphql(url, documentFor(name), { token, variables });
        assert.deepEqual([answer.data, codesOf(answer)], [{ [name]: null }, ['permission_denied']], name);
        assert.match(String(answer.errors[0]?.message), /read_write/, name);
      }
      assert.deepEqual(await dump(world), stood);
    });

    test('P5 a restricted key reaches no operation that was not given to it: over GraphQL', async () => {
      const { token } = await newKey({ grants: { keywright: ['GET /v1/access-keys'], [pods]: 'read_write' } });
      const text = `listed over GraphQL on ${kind}`;
      const { key } = await newKey({ name: text, expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
      const listed = await graphql(url, documentFor('listAccessKeys'), { token, variables: { text } });
      assert.deepEqual(listed.errors, []);
      const { body } = await rest(url, 'listAccessKeys', { text }, { token });
      assert.deepEqual(withoutNulls(listed.data.listAccessKeys), withoutNulls(body));
      assert.partialDeepStrictEqual(body.items, [{ key }]);

      const others = operations.filter(entry => entry.right !== 'public' && !entry.sessionOnly);
      for (const entry of others.filter(entry => !['listAccessKeys', 'whoami'].includes(entry.name))) {
        const variables = await validInput(world, entry);
        const answer = await graphql(url, documentFor(entry.name), { token, variables });
        assert.deepEqual([answer.data, codesOf(answer)], [{ [entry.name]: null }, ['permission_denied']], entry.name);
      }

      // Beside what is given, under another name, or by a link, nothing else is reached.
      const document = `{ accessKeys(text: "${text}") { items { key lastEvents { action } owner { member { email } } } }
        aliased: getAccessKey(key: "${key}") { key } whoami { via } }`;
      const mixed = await graphql(url, document, { token });
      const items = [{ key, lastEvents: null, owner: { member: null } }];
      assert.partialDeepStrictEqual(mixed.data, {
        accessKeys: { items },
        aliased: null,
        whoami: { via: 'access_key' },
      });
      assert.deepEqual(codesOf(mixed), Array(3).fill('permission_denied'));
    });

    test('P5 neither gets further by another spelling: in front of an API', async () => {
      const reader = await newKey({ permission: 'read_only' });
      const starter = await newKey({ grants: { [pods]: ['GET /pods/{}'] } });
      const spellings: string[] = [
        '/pods/a1b2/start',
        '/pods/a1b2/start/',
        '/pods//a1b2/start',
        '/pods/a1b2%2Fstart',
        '/pods/a1b2%252Fstart',
        '/pods/a1b2;/start',
        '/pods/a1b2/./start',
        '/pods/x/../a1b2/start',
        '/pods/..%2fadmin',
        '/pods/%2e%2e',
        '/pods/a1b2\\start',
        '/PODS/a1b2',
        '/pods/a1b2/',
        '/p%6Fds/a1b2',
        '',
      ];
      for (const path of spellings) {
        assert.equal(await ask(reader.token, pods, ['POST', path]), 'permission_denied', path);
        assert.equal(await ask(starter.token, pods, ['GET', path]), 'permission_denied', path);
      }
      // A path or a method that came twice is none.
      for (const [name, value] of [
        ['x-forwarded-uri', '/pods/other'],
        ['x-forwarded-method', 'GET'],
      ] as const) {
        const headers = [
          ['authorization', `Bearer ${starter.token}`],
          ['x-forwarded-method', 'GET'],
          ['x-forwarded-uri', '/pods/a1b2'],
          [name, value],
        ] as const;
        const { status } = await wire.ask({ method: 'GET', path: `/v1/apis/${pods}/auth`, headers });
        assert.equal(status, 403, name);
      }
    });

    test('P5 nor at another API, another account or another project', async () => {
      const { project } = world.home;
      const { token } = await newKey({});
      for (const api of [foreign, `api_${'a'.repeat(20)}`]) assert.equal(await ask(token, api, GET), 'unknown');
      const inside = (await act('createApi', { name: 'Inside', project })).id;
      const own = await newKey({ project });
      assert.equal(await ask(own.token, inside, GET), 'allowed');
      assert.equal(await ask(token, inside, GET), 'project_mismatch');
      assert.equal(await ask(own.token, pods, GET), 'project_mismatch');
      const at = async (key: NewKey, id: string, api: string) =>
        (await forwardAuth(key.token, `/v1/projects/${id}/apis/${api}/auth`, GET)).headers['x-key-reason'];
      const other = (await act('createProject', { name: 'Other' })).id;
      assert.equal(await at(own, project, inside), undefined);
      assert.equal(await at(own, project, pods), undefined, 'an API of no project serves all of them');
      assert.equal(await at(own, other, pods), 'project_mismatch');
      assert.equal(await at(own, other, inside), 'unknown');
    });
  });
}

async function makeApi(act: Act, name: string): Promise<string> {
  const { id } = await act('createApi', { name });
  const endpoints: [method: 'GET' | 'POST', path: string, reads?: boolean][] = [
    ['GET', '/pods'],
    ['GET', '/pods/{pod}'],
    ['POST', '/pods/{pod}/start'],
    ['POST', '/pods/search', true],
    ['GET', '/legacy'],
  ];
  for (const [method, path, reads] of endpoints) await act('createEndpoint', { api: id, method, path, reads });
  return id;
}
