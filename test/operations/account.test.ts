import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { DEFAULT_KEY_POLICY, limits, type Role } from '@keywright/core';
import { DATABASES, keyCaller } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, refusal, verdict } from './acting.ts';
import { dump, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`account and key policy on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    test('the account is renamed, for all who look, and the event says so', async () => {
      const { id } = world.home;
      const before = await act.viewer('getAccount', {});
      assert.deepEqual(before, { id, name: 'Home', createdAt: before.createdAt });
      assert.deepEqual(await act.admin('updateAccount', { name: ' Firm ' }), { ...before, name: 'Firm' });
      await act.admin('updateAccount', { name: 'Firm' });
      assert.equal((await act.viewer('getProfile', {})).account.name, 'Firm');
      const events = await eventsAbout(act.admin, id);
      assert.deepEqual(
        events.map(event => event.details),
        [{ name: { from: 'Home', to: 'Firm' } }],
      );
      assert.equal((await acting(world.app, world.foreign.callers.viewer)('getAccount', {})).name, 'Zanzibar');
    });

    test('whoami names caller, account and key', async () => {
      const { app, home } = world;
      const { owner } = home.callers.viewer;
      const account = { id: home.id, name: (await act.owner('getAccount', {})).name };
      const party = { kind: 'member', id: owner.id, name: owner.name };
      const none = { key: null, keyName: null, expiresAt: null };
      const expected = { via: 'session', account, owner: party, role: 'viewer', permission: 'read_write', ...none };
      assert.deepEqual(await act.viewer('whoami', {}), expected);
      const expiresAt = '2099-01-01T00:00:00.000Z';
      const draft = { owner: owner.id, name: 'Reader', permission: 'read_only', expiresAt } as const;
      const { key, token } = await act.admin('createAccessKey', draft);
      const byKey = { via: 'access_key', key, keyName: 'Reader', permission: 'read_only', expiresAt };
      assert.deepEqual(await acting(app, await keyCaller(app, token))('whoami', {}), { ...expected, ...byKey });
    });

    test('the key policy begins without bounds, and changes rule by rule', async () => {
      assert.deepEqual(await act.viewer('getKeyPolicy', {}), DEFAULT_KEY_POLICY);
      const first = { keysPerOwnerMax: 5, nameRequired: true };
      assert.deepEqual(await act.admin('updateKeyPolicy', first), { ...DEFAULT_KEY_POLICY, ...first });
      const second = { keysPerOwnerMax: null, lifetimeDaysMax: 90, deleteRequiresInactive: false, tokenPrefix: 'acme' };
      const both = { ...first, ...second };
      assert.deepEqual(await act.admin('updateKeyPolicy', second), both);
      assert.deepEqual(await act.viewer('getKeyPolicy', {}), both);
      const last = (await eventsAbout(act.admin, world.home.id)).at(-1);
      assert.deepEqual(last?.details, { from: { ...DEFAULT_KEY_POLICY, ...first }, to: both });
      const others = await acting(world.app, world.foreign.callers.viewer)('getKeyPolicy', {});
      assert.deepEqual(others, DEFAULT_KEY_POLICY);
    });

    test('a policy that changes nothing leaves no event', async () => {
      const policy = await act.admin('updateKeyPolicy', { keysPerOwnerMax: 7 });
      const actions = await actionsAbout(act.admin, world.home.id);
      await act.admin('updateKeyPolicy', {});
      await act.admin('updateKeyPolicy', policy);
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
        { tokenPrefix: 'K' },
        { tokenPrefix: '1kw' },
        { tokenPrefix: 'a'.repeat(17) },
        { tokenPrefix: '' },
      ];
      for (const input of wrong)
        await refusal(act.owner('updateKeyPolicy', input), 'invalid_value', Object.keys(input)[0]);
      assert.deepEqual(await dump(world), stood);
    });

    test('no change of the policy stops a key', async () => {
      await act.admin('updateKeyPolicy', { ...DEFAULT_KEY_POLICY });
      const keys = [await act.member('createAccessKey', {}), await act.member('createAccessKey', {})];
      for (const { token } of keys) assert.equal(await verdict(world.app, token), 'allowed');
      const tight = { keysPerOwnerMax: 1, nameRequired: true, lifetimeDaysMax: 1, tokenPrefix: 'other' };
      await act.admin('updateKeyPolicy', tight);
      for (const { token } of keys) assert.equal(await verdict(world.app, token), 'allowed');
    });
  });
}
