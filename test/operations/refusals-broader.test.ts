import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { contract, endpointOf, type InputOf, operations } from '@keywright/contract';
import {
  type Action,
  addressInNetworks,
  BUILT_IN_API,
  type Grants,
  grantSets,
  type Permitted,
  permits,
  readNetworks,
} from '@keywright/core';
import type { Caller } from '@keywright/server';
import { saveEndpoints } from '@keywright/store';
import { DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { type Act, acting, refusal, verdict } from './acting.ts';
import { makeApiIn } from './in-project.ts';
import { dump, makeProject, makeWorld, type World } from './world.ts';

type Draft = InputOf<'createAccessKey'>;

/** What makes a key, changes one, or lets one in again: a key without these can not even try. */
const MAKING = [contract.createAccessKey, contract.updateAccessKey, contract.activateAccessKey].map(
  entry => endpointOf(entry).id,
);

/** Names of APIs in the rows; the world gives them ids. */
type Apis = { shop: string; store: string };
const ENDPOINTS = [
  { id: 'GET /a', method: 'GET', path: '/a', reads: true },
  { id: 'POST /a', method: 'POST', path: '/a', reads: false },
];

/** Points of the lattice of permissions, from everything to nothing. */
const PERMISSIONS: Record<string, (apis: Apis) => Permitted> = {
  everything: () => ({ permission: 'read_write', grants: {} }),
  'both endpoints of the shop': ({ shop }) => some({ [shop]: ['GET /a', 'POST /a'] }),
  'all that reads': () => ({ permission: 'read_only', grants: {} }),
  'keywright, what reads': () => some({ [BUILT_IN_API]: 'read_only' }),
  'the making of keys': () => some({ [BUILT_IN_API]: MAKING }),
  'one endpoint of keywright': () => some({ [BUILT_IN_API]: [endpointOf(contract.listMembers).id] }),
  nothing: () => some({}),
  'all of keywright': () => some({ [BUILT_IN_API]: 'read_write' }),
  'all of the shop': ({ shop }) => some({ [shop]: 'read_write' }),
  'the shop, what reads': ({ shop }) => some({ [shop]: 'read_only' }),
  'an endpoint of the shop': ({ shop }) => some({ [shop]: ['GET /a'] }),
  'no endpoint of the shop': ({ shop }) => some({ [shop]: [] }),
  'the shop and the store': ({ shop, store }) => some({ [shop]: 'read_write', [store]: 'read_only' }),
};

function some(grants: Grants): Permitted {
  return { permission: 'restricted', grants };
}

function asDraft(permitted: Permitted): Draft {
  return permitted as Draft; // nobody changes the lists in it
}

/** The same with what it takes to make keys, where it can have that. */
function ableToMake({ permission, grants }: Permitted): Permitted {
  const given = permission === 'restricted' ? grants[BUILT_IN_API] : undefined;
  if (permission !== 'restricted' || given === 'read_write') return { permission, grants };
  const list = typeof given === 'object' ? given : [];
  return some({ ...grants, [BUILT_IN_API]: [...new Set([...list, ...MAKING])] });
}

/** Each action that a request can be, with what an endpoint may come to be: one that reads or one that writes. */
function actionsAt({ shop, store }: Apis): Action[] {
  const known = { [BUILT_IN_API]: operations.map(entry => endpointOf(entry).id), [shop]: ENDPOINTS.map(one => one.id) };
  const apis = [BUILT_IN_API, shop, store, 'api_yet_to_come', undefined];
  return apis.flatMap(api =>
    ['GET', 'POST'].flatMap(method => [
      { api, method },
      ...['GET /yet-to-come', ...((api && known[api]) || [])].flatMap(id =>
        [true, false].map(reads => ({ api, method, endpoint: { id, reads } })),
      ),
    ]),
  );
}

/** Told by what the two permit, not by the rule that the server follows. */
function isWithin(inner: Permitted, outer: Permitted, actions: readonly Action[]): boolean {
  const [less, more] = [inner, outer].map(one => ({ ...one, grants: grantSets(one.grants) }));
  return actions.every(action => !less || !more || !permits(less, action) || permits(more, action));
}

const BEGUN = Date.now();
const HOURS = [2, null, 1, 3] as const;
const NETWORKS = [
  [],
  ['192.0.2.0/24'],
  ['192.0.2.0/25'],
  ['192.0.2.0/23'],
  ['192.0.2.1', '198.51.100.1'],
  ['198.51.100.0/24'],
  ['::/0'],
  ['0.0.0.0/0'],
];
/** Addresses that tell those networks apart; the last is one that can not be read. */
const ADDRESSES = [
  '192.0.2.1',
  '192.0.2.200',
  '192.0.3.1',
  '198.51.100.1',
  '198.51.100.9',
  '203.0.113.1',
  '2001:db8::1',
  '192.0.2.2',
  '',
];

function isReachable(address: string, networks: readonly string[]): boolean {
  return networks.length === 0 || addressInNetworks(address, readNetworks(networks));
}

function inHours(hours: number | null): string | null {
  return hours === null ? null : new Date(BEGUN + hours * 3_600_000).toISOString();
}

/** A key to be made, by a name, and whether it lies within the one that makes it. */
interface Made {
  name: string;
  draft: Draft;
  within: boolean;
}

for (const kind of DATABASES) {
  describe(`a key and what it makes, on ${kind}`, () => {
    let world: World;
    let apis: Apis;
    let other: string;
    let owner: Act;
    before(async () => {
      world = await makeWorld(kind);
      const { app, home } = world;
      const ids = [await makeApiIn(app, home, null, 'Shop'), await makeApiIn(app, home, null, 'Store')] as const;
      apis = { shop: ids[0], store: ids[1] };
      const said = { name: null, summary: null, tag: null };
      const endpoints = ENDPOINTS.map(endpoint => ({ ...endpoint, ...said }));
      await app.store.transact(tx => saveEndpoints(tx, apis.shop, endpoints));
      other = await makeProject(app, home.id, 'Other');
      owner = acting(app, home.callers.owner);
    });
    after(() => world[Symbol.asyncDispose]());

    /** What goes beyond what, the core decides; the second database shows that it keeps the bounds, with a few of them. */
    const onBoth = <Row>(rows: readonly Row[]) => (kind === 'sqlite' ? rows : rows.slice(0, 3));

    const makerWith = async (draft: Draft): Promise<Caller> =>
      keyCaller(world.app, (await makeKey(world.app, world.home.callers.owner, draft)).token);

    /** Tries each way to each key, with one that makes; what goes beyond it leaves all as it was. */
    const tryAll = async (maker: Caller, mades: readonly Made[], field: string, project: string | null = null) => {
      const act = acting(world.app, maker);
      const little: Draft = { ...boundsOf(maker), permission: 'restricted', grants: {}, project };
      const rows = await Promise.all(
        mades.map(async made => {
          const { key: small } = await owner('createAccessKey', little);
          const { key: asleep, token } = await owner('createAccessKey', { ...little, ...made.draft });
          await owner('deactivateAccessKey', { key: asleep });
          return { ...made, small, asleep, token };
        }),
      );
      const stood = await dump(world);
      for (const { draft, name, small, asleep, token } of rows.filter(row => !row.within)) {
        const { project: _, ...change } = draft;
        await refused(act('createAccessKey', { ...boundsOf(maker), project, ...draft }), name, field);
        await refused(act('activateAccessKey', { key: asleep }), name, field);
        await refused(act('updateAccessKey', { key: asleep, enabled: true }), name, field);
        await refused(act('updateAccessKey', { key: asleep, name: 'Mine' }), name, field);
        if (field !== 'project') {
          await refused(act('updateAccessKey', { key: small, ...change }), name, field);
          await refused(act('updateAccessKey', { key: maker.key?.key ?? '', ...change }), name, field);
        }
        assert.equal(await verdict(world.app, token, { project: project ?? undefined }), 'inactive');
      }
      assert.deepEqual(await dump(world), stood);
      for (const { draft, small, asleep } of rows.filter(row => row.within)) {
        const { project: _, ...change } = draft;
        await act('createAccessKey', { ...boundsOf(maker), project, ...draft });
        await act('updateAccessKey', { key: small, ...change });
        assert.equal((await act('activateAccessKey', { key: asleep })).enabled, true);
      }
    };

    for (const [outer, permittedTo] of onBoth(Object.entries(PERMISSIONS))) {
      test(`permission: ${outer}`, async () => {
        const held = ableToMake(permittedTo(apis));
        const maker = await makerWith(asDraft(held));
        const actions = actionsAt(apis);
        const mades = Object.entries(PERMISSIONS).map(([name, inner]) => {
          const draft = inner(apis);
          return { name, draft: asDraft(draft), within: isWithin(draft, held, actions) };
        });
        if (held.permission === 'read_only') return deniedAll(maker, mades);
        assert.ok(mades.some(made => made.within));
        await tryAll(maker, mades, 'permission');
      });
    }

    /** One that only reads makes nothing, not even what lies within it. */
    const deniedAll = async (maker: Caller, mades: readonly Made[]) => {
      const act = acting(world.app, maker);
      const { key } = await owner('createAccessKey', { permission: 'restricted' });
      await owner('deactivateAccessKey', { key });
      const stood = await dump(world);
      for (const { draft } of mades) {
        await refusal(act('createAccessKey', draft), 'permission_denied');
        await refusal(act('updateAccessKey', { key, ...draft } as InputOf<'updateAccessKey'>), 'permission_denied');
        await refusal(act('activateAccessKey', { key }), 'permission_denied');
      }
      assert.deepEqual(await dump(world), stood);
    };

    for (const outer of onBoth(HOURS)) {
      test(`expiry: ${outer ?? 'no'} hours`, async () => {
        const mades = HOURS.map(hours => ({
          name: `${hours ?? 'no'} hours`,
          draft: { expiresAt: inHours(hours) },
          within: outer === null || (hours !== null && hours <= outer),
        }));
        await tryAll(await makerWith({ expiresAt: inHours(outer) }), mades, 'expiresAt');
      });
    }

    for (const outer of onBoth(NETWORKS)) {
      test(`networks: ${outer.join(', ') || 'all'}`, async () => {
        const mades = NETWORKS.map(networks => ({
          name: networks.join(', ') || 'all',
          draft: { networks },
          within: ADDRESSES.every(address => !isReachable(address, networks) || isReachable(address, outer)),
        }));
        await tryAll(await makerWith({ networks: outer }), mades, 'networks');
      });
    }

    test('project', async () => {
      const { project } = world.home;
      const mades = [null, project, other].map(one => ({
        name: `project ${one}`,
        draft: { project: one },
        within: one === project,
      }));
      await tryAll(await makerWith({ project }), mades, 'project', project);
      const free = mades.map(made => ({ ...made, within: true }));
      await tryAll(await makerWith({}), free, 'project');
    });

    test('each bound is named that would be gone beyond, alone and with others', async () => {
      const { project } = world.home;
      const bounds: Draft = {
        project,
        expiresAt: inHours(2),
        networks: ['192.0.2.0/24'],
        grants: { [BUILT_IN_API]: MAKING },
      };
      const act = acting(world.app, await makerWith(bounds));
      const beyond: Record<string, Draft> = {
        permission: { grants: { [BUILT_IN_API]: 'read_write' } },
        networks: { networks: [] },
        project: { project: null },
        expiresAt: { expiresAt: null },
      };
      const fields = Object.keys(beyond);
      for (let chosen = 1; chosen < 2 ** fields.length; chosen++) {
        const these = fields.filter((_, index) => chosen & (2 ** index));
        const draft = Object.assign({}, bounds, ...these.map(field => beyond[field]));
        const error = await refusal(act('createAccessKey', draft), 'broader_key');
        assert.deepEqual(error.problems.map(problem => problem.field).sort(), these.sort());
      }
      await act('createAccessKey', bounds);
    });
  });
}

async function refused(attempt: Promise<unknown>, name: string, field: string): Promise<void> {
  const { problems } = await refusal(attempt, 'broader_key', field);
  assert.deepEqual(
    problems.map(problem => problem.field),
    [field],
    name,
  );
}

/** What the key is bound to but for what it permits: a key made with these goes beyond it in nothing else. */
function boundsOf({ key }: Caller): Draft {
  return {
    permission: 'restricted',
    grants: {},
    expiresAt: inTime(key?.expiresAt ?? null),
    networks: key?.networks.map(network => network.text) ?? [],
  };
}

function inTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
