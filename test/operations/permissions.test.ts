import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { endpointOf, type InputOf, type Operation, type OperationName, operations } from '@keywright/contract';
import { BUILT_IN_API, type Grants, type KeywrightError, newId } from '@keywright/core';
import { type Caller, run } from '@keywright/server';
import { deleteEndpoints, insertApi, saveEndpoints } from '@keywright/store';
import { callOf, DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { acting, eventsAbout, refusal } from './acting.ts';
import { dump, makeWorld, type Place, type World } from './world.ts';

type Draft = InputOf<'createAccessKey'>;

const LIST = 'GET /v1/access-keys';
const CREATE = 'POST /v1/access-keys';

/** What an access key can call at all. */
const forKeys = operations.filter(({ right, sessionOnly }) => right !== 'public' && !sessionOnly);

for (const kind of DATABASES) {
  describe(`permissions on ${kind}`, () => {
    let world: World;
    let shop: string;
    let theirs: string;
    before(async () => {
      world = await makeWorld(kind);
      shop = await makeApi(world, world.home);
      theirs = await makeApi(world, world.foreign);
    });
    after(() => world[Symbol.asyncDispose]());

    const owner = () => acting(world.app, world.home.callers.owner);
    const callerWith = async (draft: Draft, person = world.home.callers.owner): Promise<Caller> =>
      keyCaller(world.app, (await makeKey(world.app, person, draft)).token);
    const granted = (...endpoints: string[]) => callerWith({ grants: { [BUILT_IN_API]: endpoints } });
    const codeOf = (entry: Operation, caller: Caller) =>
      // No operation has such a field: what may be called stops there, and changes nothing.
      run(world.app, entry.name as OperationName, { noSuchField: 1 }, callOf(caller)).then(
        () => 'answered',
        (error: KeywrightError) => error.code,
      );

    describe('grants', () => {
      test('are what was given, and make a key restricted', async () => {
        const grants = { [shop]: ['GET /orders/{}'], [BUILT_IN_API]: 'read_only' } as const;
        const key = await owner()('createAccessKey', { grants: { ...grants, [theirs]: 'none' } as Draft['grants'] });
        assert.deepEqual([key.permission, key.grants], ['restricted', grants]);
        assert.deepEqual((await owner()('getAccessKey', { key: key.key })).grants, grants);
        const bare = await owner()('createAccessKey', { permission: 'restricted' });
        assert.deepEqual(bare.grants, {}, 'each API: none by default');
      });

      test('name an endpoint by its id, or as it is shown', async () => {
        const [create, verifier] = ['createAccessKey', 'POST /v1/verifiers/{verifier}/uses'] as const;
        const written = { [shop]: ['GET /orders/{id}', 'GET /orders/{}', 'POST /orders'], [BUILT_IN_API]: [verifier] };
        const meant = { [shop]: ['GET /orders/{}', 'POST /orders'], [BUILT_IN_API]: ['POST /v1/verifiers/{}/uses'] };
        const { key, grants } = await owner()(create, { grants: written });
        assert.deepEqual(grants, meant);
        assert.deepEqual((await owner()('getAccessKey', { key })).grants, meant);
        const edited = await owner()('updateAccessKey', { key, grants: { [shop]: ['GET /orders/{the order}'] } });
        assert.deepEqual(edited.grants, { [shop]: ['GET /orders/{}'] });
        const named = { api: shop, endpoint: 'GET /orders/{order}' };
        assert.equal((await owner()('updateEndpoint', { ...named, tag: 'orders' })).id, 'GET /orders/{}');
      });

      const refused: [name: string, draft: () => Draft, field: () => string][] = [
        [
          'beside another permission',
          () => ({ permission: 'read_write', grants: { [shop]: 'read_only' } }),
          () => 'grants',
        ],
        ['beside reading', () => ({ permission: 'read_only', grants: { [shop]: [] } }), () => 'grants'],
        ['for an API that is not there', () => ({ grants: { [ABSENT]: 'read_only' } }), () => `grants.${ABSENT}`],
        ['for an API of another account', () => ({ grants: { [theirs]: 'read_only' } }), () => `grants.${theirs}`],
        ['for what is no API', () => ({ grants: { shop: 'read_only' } }), () => 'grants.shop'],
        ['for an endpoint that the API has not', () => ({ grants: { [shop]: ['GET /no'] } }), () => `grants.${shop}`],
        [
          'for an endpoint of another API',
          () => ({ grants: { [shop]: [LIST], [BUILT_IN_API]: [LIST] } }),
          () => `grants.${shop}`,
        ],
        [
          'for what is no operation',
          () => ({ grants: { [BUILT_IN_API]: ['GET /v1/no'] } }),
          () => `grants.${BUILT_IN_API}`,
        ],
      ];
      for (const [name, draft, field] of refused) {
        test(`${name}: refused by name, and nothing is made`, async () => {
          const stood = await dump(world);
          await refusal(owner()('createAccessKey', draft()), 'invalid_value', field());
          const before = await makeKey(world.app, world.home.callers.owner, {});
          await refusal(
            owner()('updateAccessKey', { key: before.key, permission: 'restricted', ...draft() }),
            'invalid_value',
            field(),
          );
          await owner()('deactivateAccessKey', { key: before.key });
          await owner()('deleteAccessKey', { key: before.key });
          assert.equal((await dump(world)).access_keys?.length, stood.access_keys?.length);
        });
      }

      test('leave with the permission restricted, and never come back by themselves', async () => {
        const { key } = await owner()('createAccessKey', { grants: { [shop]: 'read_write' } });
        assert.deepEqual((await owner()('updateAccessKey', { key, permission: 'read_only' })).grants, {});
        await refusal(owner()('updateAccessKey', { key, grants: { [shop]: 'read_only' } }), 'invalid_value', 'grants');
        const again = await owner()('updateAccessKey', { key, permission: 'restricted' });
        assert.deepEqual([again.permission, again.grants], ['restricted', {}]);
      });

      test('for what the API lost meanwhile may stay, but are given to no other key', async () => {
        const endpoints = ['GET /orders', 'GET /lost'];
        const api = await makeApi(world, world.home, ['/lost']);
        const { key } = await owner()('createAccessKey', { grants: { [api]: endpoints } });
        await world.app.store.transact(tx => deleteEndpoints(tx, api, ['GET /lost']));
        const kept = await owner()('updateAccessKey', { key, grants: { [api]: [...endpoints, 'POST /orders'] } });
        assert.deepEqual(kept.grants, { [api]: [...endpoints, 'POST /orders'] });
        await refusal(owner()('createAccessKey', { grants: { [api]: endpoints } }), 'invalid_value', `grants.${api}`);
      });

      test('are told in the audit log', async () => {
        const { key } = await owner()('createAccessKey', { grants: { [shop]: 'read_only' } });
        await owner()('updateAccessKey', { key, grants: { [shop]: ['GET /orders'] } });
        const [made, changed] = await eventsAbout(owner(), key);
        assert.deepEqual(made?.details.grants, { [shop]: 'read_only' });
        assert.deepEqual(changed?.details.grants, { from: { [shop]: 'read_only' }, to: { [shop]: ['GET /orders'] } });
      });
    });

    describe('at the built-in API', () => {
      test('a key to which nothing was given can only ask who it is', async () => {
        const nothing = await callerWith({ permission: 'restricted' });
        const codes = await Promise.all(
          forKeys.map(async entry => [entry.name, await codeOf(entry, nothing)] as const),
        );
        const others = codes.filter(([, code]) => code !== 'permission_denied').map(([name]) => name);
        assert.deepEqual(others, ['whoami']);
        assert.equal((await acting(world.app, nothing)('whoami', {})).via, 'access_key');
      });

      test('each operation needs its own endpoint, which is enough', async () => {
        const all = forKeys.map(entry => endpointOf(entry).id);
        for (const entry of forKeys.filter(entry => entry.name !== 'whoami')) {
          const { id } = endpointOf(entry);
          assert.notEqual(await codeOf(entry, await granted(id)), 'permission_denied', id);
          const lacking = await granted(...all.filter(other => other !== id));
          assert.equal(await codeOf(entry, lacking), 'permission_denied', id);
        }
      });

      test('a grant that reads reads, and one for another API gives nothing', async () => {
        const reader = await callerWith({ grants: { [BUILT_IN_API]: 'read_only' } });
        const writer = await callerWith({ grants: { [BUILT_IN_API]: 'read_write' } });
        const elsewhere = await callerWith({ grants: { [shop]: 'read_write' } });
        for (const entry of forKeys.filter(entry => entry.name !== 'whoami')) {
          const { reads } = endpointOf(entry);
          assert.equal((await codeOf(entry, reader)) === 'permission_denied', !reads, entry.name);
          assert.notEqual(await codeOf(entry, writer), 'permission_denied', entry.name);
          assert.equal(await codeOf(entry, elsewhere), 'permission_denied', entry.name);
        }
      });

      test('the refusal names what is missing', async () => {
        const act = acting(world.app, await granted(LIST));
        await act('listAccessKeys', {});
        assert.match(
          (await refusal(act('createAccessKey', {}), 'permission_denied')).message,
          /keywright: POST \/v1\/access-keys\./,
        );
      });

      test('a key that is narrowed while its change waits changes nothing', async () => {
        const { app, home } = world;
        const narrower: InputOf<'updateAccessKey'>[] = [
          { key: '', permission: 'read_only' },
          { key: '', permission: 'restricted', grants: { [BUILT_IN_API]: [LIST] } },
          { key: '', networks: ['192.0.2.1'] },
        ];
        for (const change of narrower) {
          const made = await makeKey(app, home.callers.member);
          const asKey = await keyCaller(app, made.token);
          await owner()('updateAccessKey', { ...change, key: made.key });
          // As it was seen when its call came in, before it had to wait for its turn.
          await refusal(run(app, 'createAccessKey', { name: 'successor' }, callOf(asKey)), 'permission_denied');
        }
      });
    });

    describe('a restricted key makes none that goes beyond itself', () => {
      const own = (): Grants => ({
        [shop]: ['GET /orders', 'GET /orders/{}'],
        [BUILT_IN_API]: [CREATE, 'PATCH /v1/access-keys/{}'],
      });
      const calling = async () => acting(world.app, await callerWith({ grants: own() as Draft['grants'] }));
      const beyond = (): Draft[] => [
        { permission: 'read_write' },
        { permission: 'read_only' },
        { grants: { [shop]: 'read_only' } },
        { grants: { [shop]: 'read_write' } },
        { grants: { [shop]: ['POST /orders'] } },
        { grants: { [BUILT_IN_API]: [LIST] } },
      ];

      test('when it creates, and when it changes a key', async () => {
        const act = await calling();
        const { key } = await owner()('createAccessKey', { permission: 'restricted' });
        const stood = await dump(world);
        for (const draft of beyond()) {
          await refusal(act('createAccessKey', draft), 'broader_key', 'permission');
          const grants = draft.grants ?? {};
          const permission = draft.permission ?? 'restricted';
          await refusal(act('updateAccessKey', { key, permission, grants }), 'broader_key', 'permission');
        }
        assert.deepEqual(await dump(world), stood);
      });

      test('itself neither', async () => {
        const caller = await callerWith({ grants: own() as Draft['grants'] });
        const act = acting(world.app, caller);
        const key = caller.key?.key ?? '';
        await refusal(act('updateAccessKey', { key, permission: 'read_write' }), 'broader_key', 'permission');
        await refusal(act('updateAccessKey', { key, grants: { [shop]: 'read_write' } }), 'broader_key', 'permission');
      });

      test('less than itself it may give; without a word it gives what it has', async () => {
        const act = await calling();
        const less = await act('createAccessKey', { grants: { [shop]: ['GET /orders'] } });
        assert.deepEqual(less.grants, { [shop]: ['GET /orders'] });
        const same = await act('createAccessKey', {});
        assert.deepEqual([same.permission, same.grants], ['restricted', own()]);
      });

      test('it imports no keys; and nobody imports one with the rights of an owner but an owner', async () => {
        const { app, home } = world;
        const rows = [{ owner: home.serviceAccount, secret: `sk_${'x'.repeat(30)}` }];
        const expiresAt = new Date(app.now() + 3_600_000).toISOString();
        for (const draft of [{ grants: { [BUILT_IN_API]: 'read_write' } }, { expiresAt }] as Draft[])
          await refusal(acting(app, await callerWith(draft))('importAccessKeys', { rows }), 'broader_key');
        const forOwner = { rows: [{ owner: home.callers.owner.owner.id, secret: `sk_${'y'.repeat(30)}` }] };
        const answer = await acting(app, home.callers.admin)('importAccessKeys', forOwner);
        assert.deepEqual([answer.imported, answer.refused[0]?.field], [0, 'owner']);
        assert.equal((await owner()('importAccessKeys', forOwner)).imported, 1);
      });

      test('it changes no API of which it has a part only: so it could widen itself', async () => {
        const api = await makeApi(world, world.home);
        const change = { api, endpoint: 'POST /orders', reads: true };
        for (const grant of ['read_only', ['GET /orders'], undefined] as const) {
          const grants = { [BUILT_IN_API]: 'read_write', ...(grant && { [api]: grant }) } as Draft['grants'];
          const act = acting(world.app, await callerWith({ grants }));
          await refusal(act('updateEndpoint', change), 'broader_key');
          await refusal(act('deleteApi', { api }), 'broader_key');
        }
        const grants = { [BUILT_IN_API]: 'read_write', [api]: 'read_write' } as const;
        assert.equal((await acting(world.app, await callerWith({ grants }))('updateEndpoint', change)).reads, true);
      });

      test('it lets nobody in', async () => {
        const act = acting(world.app, await callerWith({ grants: { [BUILT_IN_API]: 'read_write' } }));
        await refusal(act('inviteMember', { name: 'New', email: 'new@home.example', role: 'admin' }), 'broader_key');
      });
    });
  });
}

const ABSENT = `api_${'a'.repeat(20)}`;

/** An API with three endpoints and those that are named. */
async function makeApi({ app }: World, place: Place, paths: string[] = []): Promise<string> {
  const id = newId('api', randomBytes);
  const said = { name: null, summary: null, tag: null };
  const entry = (method: string, path: string, itsId = `${method} ${path}`) => ({
    id: itsId,
    method,
    path,
    reads: method === 'GET',
    ...said,
  });
  await app.store.transact(async tx => {
    await insertApi(tx, {
      id,
      account: place.id,
      project: null,
      name: 'Shop',
      description: null,
      createdAt: app.now(),
    });
    await saveEndpoints(tx, id, [
      entry('GET', '/orders'),
      entry('POST', '/orders'),
      entry('GET', '/orders/{order}', 'GET /orders/{}'),
      ...paths.map(path => entry('GET', path)),
    ]);
  });
  return id;
}
