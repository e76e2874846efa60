import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type InputOf, type Operation, type OperationName, operations, pathFields } from '@keywright/contract';
import { limits, newId, type Role } from '@keywright/core';
import { run } from '@keywright/server';
import { callOf, DATABASES, emailOf, keyCaller } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, refusal, verdict } from './acting.ts';
import { validInput } from './cases.ts';
import { ask, type Carried, rest, restOf, signIn } from './http.ts';
import { makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`projects on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const made = async (name = 'Atlas') => (await act.admin('createProject', { name })).id;

    test('a new one is active, without keys, and says where its endpoint is', async () => {
      const { id, ...rest } = await act.admin('createProject', { name: ' Shop ', description: 'sells' });
      const endpoint = `${world.running.url}/v1/projects/${id}`;
      assert.deepEqual(rest, {
        name: 'Shop',
        description: 'sells',
        state: 'active',
        keys: 0,
        createdAt: new Date(world.app.now()).toISOString(),
        endpoint,
        links: { accessKeys: `${endpoint}/access-keys`, members: `${endpoint}/members`, apis: `${endpoint}/apis` },
      });
      assert.deepEqual(await act.viewer('getProject', { project: id }), { id, ...rest });
      assert.deepEqual(await actionsAbout(act.admin, id), ['createProject']);
    });

    test('a change changes what it names, and the event says from what to what', async () => {
      const project = await made('Old');
      await act.admin('updateProject', { project, description: 'Kept' });
      const { name, description } = await act.admin('updateProject', { project, name: 'New' });
      assert.deepEqual([name, description], ['New', 'Kept']);
      await act.admin('updateProject', { project, name: 'New' });
      const events = await eventsAbout(act.admin, project);
      assert.equal(events.length, 3);
      assert.deepEqual(events[2]?.details, {
        from: { name: 'Old', description: 'Kept' },
        to: { name: 'New', description: 'Kept' },
      });
    });

    test('archiving stops its keys at once, unarchiving brings them back', async () => {
      const project = await made();
      const { token, key } = await act.owner('createAccessKey', { project });
      const state = async () => (await act.owner('getAccessKey', { key })).state;
      assert.equal(await verdict(world.app, token, { project }), 'allowed');
      for (const _ of [1, 2]) {
        const archived = await act.admin('archiveProject', { project });
        assert.deepEqual([archived.state, archived.keys], ['archived', 1]);
        assert.deepEqual([await verdict(world.app, token, { project }), await state()], ['inactive', 'inactive']);
      }
      const listed = await act.owner('listAccessKeys', { project, state: 'inactive' });
      assert.deepEqual(
        listed.items.map(one => one.key),
        [key],
      );
      assert.deepEqual((await act.owner('listAccessKeys', { project, state: 'active' })).items, []);
      await act.admin('unarchiveProject', { project });
      assert.deepEqual([await verdict(world.app, token, { project }), await state()], ['allowed', 'active']);
      const actions = ['createProject', 'archiveProject', 'unarchiveProject'];
      assert.deepEqual(await actionsAbout(act.admin, project), actions);
    });

    test('an archived one gets no new keys, and nothing in it changes', async () => {
      const project = await made();
      const { key } = await act.owner('createAccessKey', { project });
      await act.admin('archiveProject', { project });
      const refused = await refusal(act.owner('createAccessKey', { project }), 'conflict');
      assert.match(refused.message, /Unarchive it first/);
      await refusal(act.owner('deactivateAccessKey', { key }, { project }), 'conflict');
      await refusal(act.owner('createAccessKey', {}, { project }), 'conflict');
      assert.equal((await act.owner('getAccessKey', { key }, { project })).key, key);
    });

    test('a key whose project was archived while its change waited changes nothing', async () => {
      const project = await made();
      const { token } = await act.owner('createAccessKey', { project });
      const waiting = acting(world.app, await keyCaller(world.app, token));
      await act.admin('archiveProject', { project });
      await refusal(waiting('createAccessKey', {}, { project }), 'inactive');
    });

    test('the list: text, archived ones, order and pages', async () => {
      for (const name of ['list b', 'list a', 'List c']) {
        world.running.clock.at += 1000;
        await made(name);
      }
      const list = (filter: InputOf<'listProjects'>) => act.viewer('listProjects', { text: 'LIST', ...filter });
      const names = async (filter: InputOf<'listProjects'>) => (await list(filter)).items.map(one => one.name);
      assert.deepEqual(await names({}), ['list a', 'list b', 'List c']);
      assert.deepEqual(await names({ sort: '-createdAt' }), ['List c', 'list a', 'list b']);
      const { nextCursor, items } = await list({ limit: 2 });
      assert.deepEqual(await names({ limit: 2, cursor: nextCursor ?? '' }), ['List c']);
      await act.admin('archiveProject', { project: items[0]?.id ?? '' });
      assert.deepEqual(await names({ archived: true }), ['list a']);
      assert.deepEqual(await names({ archived: false }), ['list b', 'List c']);
    });

    test('below a project is only what belongs to it', async () => {
      const [project, other] = [await made(), await made()];
      const { key } = await act.owner('createAccessKey', {}, { project });
      const theirs = await act.owner('createAccessKey', { project: other });
      const free = await act.owner('createAccessKey', {});
      const listed = await act.owner('listAccessKeys', {}, { project });
      assert.deepEqual(
        listed.items.map(one => [one.key, one.project]),
        [[key, project]],
      );
      assert.deepEqual((await act.owner('listAccessKeys', { project: other }, { project })).items, []);
      for (const one of [theirs.key, free.key]) {
        for (const name of ['getAccessKey', 'updateAccessKey', 'deactivateAccessKey', 'deleteAccessKey'] as const)
          await refusal(act.owner(name, { key: one }, { project }), 'not_found');
      }
      const error = await refusal(
        act.owner('createAccessKey', { project: other }, { project }),
        'invalid_value',
        'project',
      );
      assert.match(error.message, /leave it out/);
      await refusal(act.owner('createAccessKey', { project: null }, { project }), 'invalid_value', 'project');
      assert.equal((await act.owner('createAccessKey', { project }, { project })).project, project);
    });

    const OBJECTS = operations.filter(
      one => one.inProject && pathFields(one).some(field => ['key', 'api'].includes(field)),
    );
    for (const entry of OBJECTS) {
      test(`${entry.name}: what is not in the project is not there`, async () => {
        const input = await validInput(world, entry);
        const name = entry.name as OperationName; // the contract has no other names
        const at = callOf(world.home.callers.owner, { project: await made() });
        await refusal(run(world.app, name, input, at), 'not_found');
        await run(world.app, name, input, callOf(world.home.callers.owner));
      });
    }

    test('a project of another account is not there, for sessions too', async () => {
      const { project } = world.foreign;
      const absent = `prj_${'a'.repeat(20)}`;
      for (const name of ['listAccessKeys', 'listMembers', 'createAccessKey'] as const) {
        const said = (await refusal(act.owner(name, {}, { project }), 'not_found')).message;
        const same = (await refusal(act.owner(name, {}, { project: absent }), 'not_found')).message;
        assert.equal(said.replace(project, ''), same.replace(absent, ''));
      }
    });

    test('the members below a project are those of the account', async () => {
      const { project } = world.home;
      assert.deepEqual(await act.viewer('listMembers', {}, { project }), await act.viewer('listMembers', {}));
    });

    test('an Idempotency-Key of one project says nothing at another', async () => {
      const [project, other] = [await made(), await made()];
      const idempotencyKey = crypto.randomUUID();
      await act.owner('createAccessKey', {}, { project, idempotencyKey });
      await refusal(act.owner('createAccessKey', {}, { project: other, idempotencyKey }), 'idempotency_conflict');
      assert.equal((await act.owner('getProject', { project: other })).keys, 0);
    });

    test('at most so many', async () => {
      await fill(world);
      const crowded = acting(world.app, world.foreign.callers.owner);
      const refused = await refusal(crowded('createProject', { name: 'One too many' }), 'conflict');
      assert.match(refused.message, new RegExp(`at most ${limits.projectsPerAccountMax}`));
    });
  });
}

/** As many projects as an account can have, in the foreign one. */
async function fill({ app, foreign }: World): Promise<void> {
  const row = () => ({
    id: newId('prj', randomBytes),
    account_id: foreign.id,
    name: 'Filler',
    description: null,
    created_at: app.now(),
    archived_at: null,
    key_policy: '{}',
    sort_name: 'filler',
    search: 'filler',
  });
  const rows = Array.from({ length: 1000 }, row);
  for (let count = 0; count < limits.projectsPerAccountMax; count += rows.length) {
    await app.store.transact(tx => tx.insertInto('projects').values(rows.map(row)).execute());
  }
}

describe('at the endpoint of a project, over HTTP', () => {
  let world: World;
  let act: Act;
  before(async () => {
    world = await makeWorld('sqlite');
    act = acting(world.app, world.home.callers.owner);
  });
  after(() => world[Symbol.asyncDispose]());

  const endpointOf = (project: string) => `${world.running.url}/v1/projects/${project}`;
  const newToken = async (project: string | null) => (await act('createAccessKey', { project })).token;
  const get = async (address: string, token: string) => ask(address, { headers: { 'x-api-key': token } });
  /** Any request of an operation; who calls is looked at before what they ask for. */
  const anyRequest = async (entry: Operation, carried: Carried) => {
    const input = Object.fromEntries(pathFields(entry).map(field => [field, 'anything']));
    const { status, body } = await restOf(world.running.url, entry, input, carried);
    return `${entry.name} ${status} ${body.code}`;
  };

  test('a key of the project reads the project itself and what is in it', async () => {
    const { project } = world.home;
    const token = await newToken(project);
    const { body } = await get(endpointOf(project), token);
    assert.deepEqual(body, await act('getProject', { project }));
    for (const path of ['/access-keys', '/members', '/whoami'])
      assert.equal((await get(endpointOf(project) + path, token)).status, 200, path);
  });

  test('it makes keys there, which belong to the project', async () => {
    const { project } = world.home;
    const token = await newToken(project);
    const { status, body } = await rest(world.running.url, 'createAccessKey', {}, { token, project });
    assert.deepEqual([status, body.project], [201, project]);
  });

  test('it reaches nothing of the account beyond that', async () => {
    const token = await newToken(world.home.project);
    const guarded = operations.filter(entry => entry.right !== 'public' && entry.name !== 'getProject');
    for (const entry of guarded) assert.equal(await anyRequest(entry, { token }), `${entry.name} 403 project_mismatch`);
    assert.equal((await get(`${world.running.url}/v1/projects/anything`, token)).status, 403);
  });

  test('keys of no project, and of another, are refused there', async () => {
    const { project } = world.home;
    const other = (await act('createProject', { name: 'Other' })).id;
    for (const token of [await newToken(null), await newToken(other)]) {
      for (const entry of operations.filter(one => one.inProject))
        assert.equal(await anyRequest(entry, { token, project }), `${entry.name} 403 project_mismatch`);
    }
    assert.equal((await get(endpointOf(project), await newToken(other))).body.code, 'project_mismatch');
    assert.equal(
      (await get(endpointOf(project), await newToken(null))).status,
      200,
      'a key of the account sees all projects',
    );
  });

  test('keys of an archived project are refused at once', async () => {
    const { id } = await act('createProject', { name: 'Short' });
    const token = await newToken(id);
    assert.equal((await get(endpointOf(id), token)).status, 200);
    await act('archiveProject', { project: id });
    assert.deepEqual((await get(endpointOf(id), token)).body.code, 'inactive');
  });

  test('a signed-in person sees the projects of the own account there, and no others', async () => {
    const cookie = await signIn(world.running.url, emailOf('Home', 'viewer'));
    const statusOf = async (project: string) =>
      (await ask(`${endpointOf(project)}/access-keys`, { headers: { cookie } })).status;
    assert.deepEqual(await Promise.all([world.home.project, world.foreign.project].map(statusOf)), [200, 404]);
    for (const nonsense of ['prj_', 'prj_%00', 'x'.repeat(300), encodeURIComponent('prj_\n')])
      assert.equal(await statusOf(nonsense), 404, nonsense);
  });

  test('what does not stand in the contract as part of a project is not there, and methods are told', async () => {
    const { project } = world.home;
    const token = await newToken(project);
    assert.equal((await get(`${endpointOf(project)}/events`, token)).status, 404);
    const wrong = await ask(`${endpointOf(project)}/access-keys`, { method: 'DELETE' });
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST, GET']);
  });
});
