import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { DEFAULT_KEY_POLICY, KEY_POLICY_PRESETS, limits, type Role } from '@keywright/core';
import { DATABASES, keyCaller } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, refusal, verdict } from './acting.ts';
import { dump, makeMember, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`key policy on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    /** Sets these rules, and all others back. */
    const rules = (policy: InputOf<'updateKeyPolicy'>) =>
      act.owner('updateKeyPolicy', { ...DEFAULT_KEY_POLICY, ...policy });

    test('it begins without bounds, and changes rule by rule; the event names what each was and is', async () => {
      assert.deepEqual(await act.viewer('getKeyPolicy', {}), DEFAULT_KEY_POLICY);
      const first = { keysPerOwnerMax: 5, nameRequired: true };
      assert.deepEqual(await act.admin('updateKeyPolicy', first), { ...DEFAULT_KEY_POLICY, ...first });
      const second = { keysPerOwnerMax: null, lifetimeDaysMax: 90, deleteRequiresInactive: false, tokenPrefix: 'acme' };
      const both = { ...DEFAULT_KEY_POLICY, ...first, ...second };
      assert.deepEqual(await act.admin('updateKeyPolicy', second), both);
      assert.deepEqual(await act.viewer('getKeyPolicy', {}), both);
      const last = (await eventsAbout(act.admin, world.home.id)).at(-1);
      assert.deepEqual(last?.details, {
        keysPerOwnerMax: { from: 5, to: null },
        deleteRequiresInactive: { from: true, to: false },
        lifetimeDaysMax: { from: null, to: 90 },
        tokenPrefix: { from: 'kw', to: 'acme' },
      });
      const others = await acting(world.app, world.foreign.callers.viewer)('getKeyPolicy', {});
      assert.deepEqual(others, DEFAULT_KEY_POLICY);
    });

    test('a policy that changes nothing leaves no event', async () => {
      const policy = await act.admin('updateKeyPolicy', { keysPerOwnerMax: 7, createdBy: ['admin', 'owner'] });
      const actions = await actionsAbout(act.admin, world.home.id);
      await act.admin('updateKeyPolicy', {});
      await act.admin('updateKeyPolicy', policy);
      await act.admin('updateKeyPolicy', { createdBy: ['owner', 'admin', 'owner'] });
      assert.deepEqual(await actionsAbout(act.admin, world.home.id), actions);
    });

    test('rules that can not be are refused, and nothing changes', async () => {
      const stood = await dump(world);
      const wrong: InputOf<'updateKeyPolicy'>[] = [
        { keysPerOwnerMax: 0 },
        { keysPerOwnerMax: 1.5 },
        { keysPerOwnerMax: limits.keysPerOwnerMax + 1 },
        { lifetimeDaysMax: 0 },
        { lifetimeDaysMax: limits.lifetimeDaysMax + 1 },
        { idleDaysMax: 0 },
        { noticeDays: 0 },
        { noticeDays: limits.noticeDaysMax + 1 },
        { tokenPrefix: 'K' },
        { tokenPrefix: '1kw' },
        { tokenPrefix: 'a'.repeat(17) },
        { tokenPrefix: '' },
        { permissionDefault: 'read_write', permissionsAllowed: ['restricted'] },
      ];
      for (const input of wrong)
        await refusal(act.owner('updateKeyPolicy', input), 'invalid_value', Object.keys(input)[0]);
      assert.deepEqual(await dump(world), stood);
    });

    test('no change of the policy stops a key', async () => {
      await rules({});
      const keys = [await act.member('createAccessKey', {}), await act.member('createAccessKey', {})];
      for (const { token } of keys) assert.equal(await verdict(world.app, token), 'allowed');
      const tight = { keysPerOwnerMax: 1, nameRequired: true, lifetimeDaysMax: 1, tokenPrefix: 'other' };
      const tighter = { permissionsAllowed: ['restricted' as const], networksRequired: true, idleDaysMax: 1 };
      await act.admin('updateKeyPolicy', { ...tight, ...tighter, createdBy: ['owner'] });
      for (const { token } of keys) assert.equal(await verdict(world.app, token), 'allowed');
    });

    test('permissionsAllowed refuses any other for new keys and changes, and keys from before keep theirs', async () => {
      await rules({});
      const before = await act.member('createAccessKey', { name: 'Old' });
      // The default follows by itself, where it is not said.
      const { permissionDefault } = await act.admin('updateKeyPolicy', {
        permissionsAllowed: ['restricted', 'read_only'],
      });
      assert.equal(permissionDefault, 'read_only');
      const stood = await dump(world);
      const refused = await refusal(
        act.member('createAccessKey', { permission: 'read_write' }),
        'invalid_value',
        'permission',
      );
      assert.match(refused.message, /allows only: read_only, restricted/);
      assert.deepEqual(await dump(world), stood);
      const { key, permission } = await act.member('createAccessKey', {});
      assert.equal(permission, 'read_only');
      await refusal(act.member('updateAccessKey', { key, permission: 'read_write' }), 'invalid_value', 'permission');
      assert.equal(
        (await act.member('updateAccessKey', { key: before.key, name: 'Renamed' })).permission,
        'read_write',
      );
    });

    test('permissionDefault is what a key gets when nothing is asked, and `restricted` begins with nothing', async () => {
      for (const permissionDefault of ['read_write', 'read_only', 'restricted'] as const) {
        await rules({ permissionDefault });
        const { permission, grants } = await act.member('createAccessKey', {});
        assert.deepEqual([permission, grants], [permissionDefault, {}]);
      }
      const asked = await act.member('createAccessKey', { permission: 'read_write' });
      assert.equal(asked.permission, 'read_write');
    });

    test('the default is never broader than the key that creates', async () => {
      await rules({});
      const { token } = await act.member('createAccessKey', {
        permission: 'restricted',
        grants: { keywright: 'read_write' },
      });
      const byKey = acting(world.app, await keyCaller(world.app, token));
      const { permission, grants } = await byKey('createAccessKey', {});
      assert.deepEqual([permission, grants], ['restricted', { keywright: 'read_write' }]);
      await rules({ permissionDefault: 'restricted' });
      assert.deepEqual((await byKey('createAccessKey', {})).grants, {});
    });

    test('networksRequired asks for networks, and keeps them from being taken away', async () => {
      await rules({});
      const before = await act.member('createAccessKey', {});
      await rules({ networksRequired: true });
      for (const networks of [undefined, []])
        await refusal(act.member('createAccessKey', { networks }), 'invalid_value', 'networks');
      const { key } = await act.member('createAccessKey', { networks: ['192.0.2.0/24'] });
      await refusal(act.member('updateAccessKey', { key, networks: [] }), 'invalid_value', 'networks');
      await act.member('updateAccessKey', { key: before.key, name: 'From everywhere' });
    });

    test('createdBy says which roles can create keys; all others can still change theirs', async () => {
      await rules({});
      const { key } = await act.member('createAccessKey', {});
      await rules({ createdBy: ['owner', 'admin'] });
      const stood = await dump(world);
      const refused = await refusal(act.member('createAccessKey', {}), 'forbidden');
      assert.match(refused.message, /only the roles owner, admin create access keys/);
      assert.deepEqual(await dump(world), stood);
      await act.admin('createAccessKey', { owner: world.home.callers.member.owner.id });
      await act.member('deactivateAccessKey', { key });
      await act.member('activateAccessKey', { key });
      await rules({ createdBy: [] });
      assert.match((await refusal(act.owner('createAccessKey', {}), 'forbidden')).message, /lets nobody create/);
    });

    test('a preset sets its rules and no other; rules beside it win', async () => {
      for (const [preset, { rules: set }] of Object.entries(KEY_POLICY_PRESETS)) {
        await rules({ nameRequired: true });
        const name = preset as keyof typeof KEY_POLICY_PRESETS; // Object.entries widens to string
        const expected = { ...DEFAULT_KEY_POLICY, nameRequired: true, ...set };
        assert.deepEqual(await act.admin('updateKeyPolicy', { preset: name }), expected);
      }
      const own = await act.admin('updateKeyPolicy', { preset: 'least_privilege', lifetimeDaysMax: 30 });
      assert.deepEqual([own.lifetimeDaysMax, own.permissionDefault], [30, 'restricted']);
    });

    test('under least privilege a key that asks for nothing can do nothing', async () => {
      await rules({});
      await act.owner('updateKeyPolicy', { preset: 'least_privilege' });
      const { caller } = await makeMember(world.app, world.home.id);
      const { token, permission, grants, expiresAt } = await acting(world.app, caller)('createAccessKey', {});
      assert.deepEqual([permission, grants], ['restricted', {}]);
      assert.equal(expiresAt, new Date(world.app.now() + 90 * 86_400_000).toISOString());
      assert.equal(await verdict(world.app, token), 'permission_denied');
    });
  });
}
