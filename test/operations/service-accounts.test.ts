import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { DATABASES } from '../support/app.ts';
import { type Act, actingAll, actionsAbout, eventsAbout, refusal, verdict } from './acting.ts';
import { rest } from './http.ts';
import { makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`service accounts on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    test('a new one is an active member without keys', async () => {
      const { id, ...rest } = await act.admin('createServiceAccount', { name: ' Deployer ' });
      const createdAt = new Date(world.app.now()).toISOString();
      assert.deepEqual(rest, {
        name: 'Deployer',
        description: null,
        role: 'member',
        state: 'active',
        keys: 0,
        createdAt,
        rateLimits: [],
        quotas: [],
      });
      assert.deepEqual(await act.viewer('getServiceAccount', { serviceAccount: id }), { id, ...rest });
      assert.deepEqual((await eventsAbout(act.admin, id))[0]?.details, { role: 'member' });
    });

    test('it never is an owner', async () => {
      // The compiler would refuse it; a request can hold anything.
      const role = 'owner' as 'admin';
      await refusal(act.owner('createServiceAccount', { name: 'King', role }), 'invalid_value', 'role');
      const { serviceAccount } = world.home;
      await refusal(act.owner('updateServiceAccount', { serviceAccount, role }), 'invalid_value', 'role');
    });

    test('its keys can do what its role can, from the next call on', async () => {
      const { url } = world.running;
      const { id } = await act.admin('createServiceAccount', { name: 'Climber', role: 'viewer' });
      const { token } = await act.admin('createAccessKey', { owner: id });
      const tries = async () => (await rest(url, 'createAccessKey', {}, { token })).status;
      assert.equal(await tries(), 403);
      await act.admin('updateServiceAccount', { serviceAccount: id, role: 'member' });
      assert.equal(await tries(), 201);
      await act.admin('updateServiceAccount', { serviceAccount: id, role: 'viewer' });
      assert.equal(await tries(), 403);
    });

    test('a change changes what it names, and the event says from what to what', async () => {
      const { id } = await act.admin('createServiceAccount', { name: 'Old', description: 'Kept' });
      assert.equal((await act.admin('updateServiceAccount', { serviceAccount: id, name: 'New' })).description, 'Kept');
      await act.admin('updateServiceAccount', { serviceAccount: id, description: null });
      const [, renamed, emptied] = await eventsAbout(act.admin, id);
      assert.deepEqual(renamed?.details, {
        from: { name: 'Old', description: 'Kept', role: 'member' },
        to: { name: 'New', description: 'Kept', role: 'member' },
      });
      assert.deepEqual(emptied?.target, { kind: 'service_account', id, name: 'New' });
    });

    test('a change that changes nothing leaves no event', async () => {
      const { id } = await act.admin('createServiceAccount', { name: 'Same', role: 'viewer' });
      await act.admin('updateServiceAccount', { serviceAccount: id });
      await act.admin('updateServiceAccount', { serviceAccount: id, name: 'Same', role: 'viewer', description: '' });
      assert.deepEqual(await actionsAbout(act.admin, id), ['createServiceAccount']);
    });

    test('deactivating stops its keys at once, activating brings them back', async () => {
      const { id: serviceAccount } = await act.admin('createServiceAccount', { name: 'Switched' });
      const { token } = await act.admin('createAccessKey', { owner: serviceAccount });
      assert.equal(await verdict(world.app, token), 'allowed');
      for (const _ of [1, 2]) {
        const { state, keys } = await act.admin('deactivateServiceAccount', { serviceAccount });
        assert.deepEqual([state, keys], ['inactive', 1]);
        assert.equal(await verdict(world.app, token), 'owner_inactive');
      }
      for (const _ of [1, 2]) {
        assert.equal((await act.admin('activateServiceAccount', { serviceAccount })).state, 'active');
        assert.equal(await verdict(world.app, token), 'allowed');
      }
      const actions = ['createServiceAccount', 'deactivateServiceAccount', 'activateServiceAccount'];
      assert.deepEqual(await actionsAbout(act.admin, serviceAccount), actions);
    });

    test('it can be deleted only when it owns no key', async () => {
      const { id: serviceAccount } = await act.admin('createServiceAccount', { name: 'Leaving' });
      const { key } = await act.admin('createAccessKey', { owner: serviceAccount });
      const refused = await refusal(act.admin('deleteServiceAccount', { serviceAccount }), 'conflict');
      assert.match(refused.message, /owns 1 access key\./);
      await act.admin('deactivateAccessKey', { key });
      await act.admin('deleteAccessKey', { key });
      assert.deepEqual(await act.admin('deleteServiceAccount', { serviceAccount }), { done: true });
      await refusal(act.admin('getServiceAccount', { serviceAccount }), 'not_found');
      assert.equal((await eventsAbout(act.admin, serviceAccount)).at(-1)?.target.name, 'Leaving');
    });

    test('members are no service accounts, and the other way round', async () => {
      const { serviceAccount, callers } = world.home;
      const member = callers.viewer.owner.id;
      await refusal(act.owner('getMember', { member: serviceAccount }), 'invalid_value', 'member');
      await refusal(act.owner('deleteServiceAccount', { serviceAccount: member }), 'invalid_value', 'serviceAccount');
    });

    test('the list: text, order and pages', async () => {
      for (const name of ['list b', 'list a', 'List c']) {
        world.running.clock.at += 1000;
        await act.admin('createServiceAccount', { name });
      }
      const ask = (filter: InputOf<'listServiceAccounts'>) =>
        act.viewer('listServiceAccounts', { text: 'LIST', ...filter });
      const names = async (filter: InputOf<'listServiceAccounts'>) => (await ask(filter)).items.map(one => one.name);
      assert.deepEqual(await names({}), ['list a', 'list b', 'List c']);
      assert.deepEqual(await names({ sort: '-createdAt' }), ['List c', 'list a', 'list b']);
      const { nextCursor } = await ask({ limit: 2 });
      assert.deepEqual(await names({ limit: 2, cursor: nextCursor ?? '' }), ['List c']);
    });
  });
}
