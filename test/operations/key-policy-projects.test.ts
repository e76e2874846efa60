import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { DEFAULT_KEY_POLICY, type Role } from '@keywright/core';
import { DATABASES } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, refusal } from './acting.ts';
import { dump, makeMember, makeProject, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`key policy of a project on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const account = (policy: InputOf<'updateKeyPolicy'>) =>
      act.owner('updateKeyPolicy', { ...DEFAULT_KEY_POLICY, ...policy });
    const newProject = () => makeProject(world.app, world.home.id, 'Orbit');
    const newcomer = async () => acting(world.app, (await makeMember(world.app, world.home.id)).caller);

    test('it begins as that of the account, and says which rules are its own', async () => {
      await account({ keysPerOwnerMax: 5 });
      const project = await newProject();
      const begun = { ...DEFAULT_KEY_POLICY, keysPerOwnerMax: 5, project };
      assert.deepEqual(await act.viewer('getKeyPolicy', { project }), { ...begun, own: {} });
      const own = { keysPerOwnerMax: 2, nameRequired: true };
      const changed = { ...begun, ...own, own };
      assert.deepEqual(await act.admin('updateKeyPolicy', { project, ...own }), changed);
      assert.deepEqual(await act.viewer('getKeyPolicy', { project }), changed);
      assert.equal((await act.viewer('getKeyPolicy', {})).nameRequired, false);
      const last = (await eventsAbout(act.admin, project)).at(-1);
      const details = { keysPerOwnerMax: { from: 5, to: 2 }, nameRequired: { from: false, to: true } };
      assert.deepEqual([last?.action, last?.target.kind, last?.details], ['updateKeyPolicy', 'project', details]);
    });

    test('a looser rule is refused, naming the field, and nothing changes', async () => {
      await account({
        keysPerOwnerMax: 5,
        nameRequired: true,
        lifetimeDaysMax: 90,
        idleDaysMax: 30,
        permissionsAllowed: ['read_only', 'restricted'],
        permissionDefault: 'read_only',
        networksRequired: true,
        createdBy: ['owner', 'admin'],
      });
      const project = await newProject();
      const stood = await dump(world);
      const looser: InputOf<'updateKeyPolicy'>[] = [
        { keysPerOwnerMax: 6 },
        { keysPerOwnerMax: null },
        { deleteRequiresInactive: false },
        { nameRequired: false },
        { lifetimeDaysMax: 91 },
        { lifetimeDaysMax: null },
        { idleDaysMax: 31 },
        { permissionsAllowed: null },
        { permissionsAllowed: ['read_write'] },
        { permissionsAllowed: ['read_write', 'read_only', 'restricted'] },
        { networksRequired: false },
        { createdBy: ['owner', 'member'] },
        { noticeDays: 8 },
        { tokenPrefix: 'other' },
      ];
      for (const input of looser) {
        const field = Object.keys(input)[0];
        const refused = await refusal(act.owner('updateKeyPolicy', { project, ...input }), 'invalid_value', field);
        assert.match(refused.message, /can only tighten the rules of its account/);
      }
      assert.deepEqual(await dump(world), stood);
    });

    test('what is the same as the account’s is no longer the project’s own', async () => {
      await account({ keysPerOwnerMax: 5 });
      const project = await newProject();
      await act.admin('updateKeyPolicy', { project, keysPerOwnerMax: 2, lifetimeDaysMax: 7 });
      const all = await act.admin('updateKeyPolicy', { project, keysPerOwnerMax: 5 });
      assert.deepEqual([all.keysPerOwnerMax, all.own], [5, { lifetimeDaysMax: 7 }]);
      const actions = await actionsAbout(act.admin, project);
      const { project: _, own: __, ...rules } = all;
      assert.deepEqual(await act.admin('updateKeyPolicy', { project, ...rules }), all);
      assert.deepEqual(await actionsAbout(act.admin, project), actions);
    });

    test('where the account becomes tighter, both hold', async () => {
      await account({});
      const project = await newProject();
      await act.admin('updateKeyPolicy', {
        project,
        keysPerOwnerMax: 5,
        permissionsAllowed: ['read_only', 'restricted'],
      });
      await account({ keysPerOwnerMax: 2, permissionsAllowed: ['restricted'], permissionDefault: 'restricted' });
      const both = await act.viewer('getKeyPolicy', { project });
      assert.deepEqual([both.keysPerOwnerMax, both.permissionsAllowed], [2, ['restricted']]);
    });

    test('keysPerOwnerMax counts the keys of the owner in the project, and those of the account all', async () => {
      await account({ keysPerOwnerMax: 3 });
      const project = await newProject();
      await act.admin('updateKeyPolicy', { project, keysPerOwnerMax: 1 });
      const member = await newcomer();
      await member('createAccessKey', {});
      const { key } = await member('createAccessKey', { project });
      const stood = await dump(world);
      const inProject = await refusal(member('createAccessKey', { project }), 'key_limit_reached');
      assert.match(inProject.message, /at most 1 access key in this project, .*Delete one first/);
      assert.deepEqual(await dump(world), stood);
      await member('createAccessKey', {});
      assert.match(
        (await refusal(member('createAccessKey', {}), 'key_limit_reached')).message,
        /at most 3 access keys,/,
      );
      await member('deactivateAccessKey', { key });
      await member('deleteAccessKey', { key });
      await member('createAccessKey', { project });
    });

    test('its rules hold for its keys, at the account’s door and at its own, and for no other', async () => {
      await account({ deleteRequiresInactive: false });
      const project = await newProject();
      const own = { nameRequired: true, deleteRequiresInactive: true, permissionsAllowed: ['restricted' as const] };
      await act.admin('updateKeyPolicy', { ...own, createdBy: ['admin'] }, { project });
      await refusal(act.member('createAccessKey', { project, name: 'Named' }), 'forbidden');
      await refusal(act.admin('createAccessKey', { project }), 'invalid_value', 'name');
      await refusal(act.admin('createAccessKey', {}, { project }), 'invalid_value', 'name');
      const { key, permission } = await act.admin('createAccessKey', { name: 'Named' }, { project });
      assert.equal(permission, 'restricted');
      await refusal(act.admin('updateAccessKey', { key, permission: 'read_only' }), 'invalid_value', 'permission');
      await refusal(act.admin('deleteAccessKey', { key }), 'conflict');
      const elsewhere = await act.member('createAccessKey', {});
      await act.member('deleteAccessKey', { key: elsewhere.key });
    });

    test('at the endpoint of one project another is not there', async () => {
      const [project, other] = [await newProject(), await newProject()];
      assert.equal((await act.viewer('getKeyPolicy', {}, { project })).project, project);
      await refusal(act.viewer('getKeyPolicy', { project: other }, { project }), 'not_found');
      await refusal(act.owner('updateKeyPolicy', { project: other, nameRequired: true }, { project }), 'not_found');
    });
  });
}
