import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { DEFAULT_KEY_POLICY, KeywrightError, type Role } from '@keywright/core';
import { DATABASES } from '../support/app.ts';
import { type Act, acting, actingAll, refusal, verdict } from './acting.ts';
import { dump, makeMember, makeWorld, type World } from './world.ts';

const DAY_MS = 86_400_000;

for (const kind of DATABASES) {
  describe(`access keys under the key policy on ${kind}`, () => {
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
    const newcomer = async () => acting(world.app, (await makeMember(world.app, world.home.id)).caller);
    const inDays = (days: number) => new Date(world.app.now() + days * DAY_MS).toISOString();

    test('keysPerOwnerMax counts deactivated keys, and refuses without making anything', async () => {
      await rules({ keysPerOwnerMax: 2 });
      const member = await newcomer();
      const first = await member('createAccessKey', {});
      await member('createAccessKey', {});
      await member('deactivateAccessKey', { key: first.key });
      const stood = await dump(world);
      const refused = await refusal(member('createAccessKey', {}), 'key_limit_reached');
      assert.match(refused.message, /at most 2 access keys, deactivated ones included/);
      assert.deepEqual(await dump(world), stood);
      await member('deleteAccessKey', { key: first.key });
      await member('createAccessKey', {});
    });

    test('keysPerOwnerMax counts for each owner apart, whoever creates', async () => {
      const { caller } = await makeMember(world.app, world.home.id);
      await rules({ keysPerOwnerMax: 1 });
      await act.admin('createAccessKey', { owner: caller.owner.id });
      await refusal(act.admin('createAccessKey', { owner: caller.owner.id }), 'key_limit_reached');
      await refusal(acting(world.app, caller)('createAccessKey', {}), 'key_limit_reached');
      await act.admin('createAccessKey', { owner: world.home.serviceAccount });
    });

    test('of 20 calls at once exactly 5 make a key where 5 are allowed', async () => {
      await rules({ keysPerOwnerMax: 5 });
      const member = await newcomer();
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => member('createAccessKey', {})));
      const refused = results.filter(result => result.status === 'rejected').map(({ reason }) => codeOf(reason));
      assert.deepEqual(refused, Array(15).fill('key_limit_reached'));
      assert.equal((await member('listAccessKeys', {})).items.length, 5);
    });

    test('keys from before a narrower limit stay, and can be switched', async () => {
      await rules({});
      const member = await newcomer();
      const { key, token } = await member('createAccessKey', {});
      await member('createAccessKey', {});
      await rules({ keysPerOwnerMax: 1 });
      assert.equal(await verdict(world.app, token), 'allowed');
      await member('deactivateAccessKey', { key });
      await member('activateAccessKey', { key });
      await refusal(member('createAccessKey', {}), 'key_limit_reached');
    });

    test('deleteRequiresInactive decides whether an active key can be deleted', async () => {
      const { key } = await act.member('createAccessKey', {});
      await rules({ deleteRequiresInactive: true });
      await refusal(act.member('deleteAccessKey', { key }), 'conflict');
      await refusal(act.owner('deleteAccessKey', { key }), 'conflict');
      await rules({ deleteRequiresInactive: false });
      await act.member('deleteAccessKey', { key });
    });

    test('nameRequired asks for a name of new keys, and keeps one from being taken away', async () => {
      await rules({});
      const before = await act.member('createAccessKey', {});
      await rules({ nameRequired: true });
      for (const name of [undefined, null, '', '  '])
        await refusal(act.member('createAccessKey', { name }), 'invalid_value', 'name');
      const { key } = await act.member('createAccessKey', { name: 'Named' });
      await refusal(act.member('updateAccessKey', { key, name: null }), 'invalid_value', 'name');
      // A key from before the rule goes on as it is.
      await act.member('updateAccessKey', { key: before.key, description: 'Changed' });
    });

    test('lifetimeDaysMax is the life of a key that names none, and bounds every other', async () => {
      await rules({ lifetimeDaysMax: 30 });
      assert.equal((await act.member('createAccessKey', {})).expiresAt, inDays(30));
      const { key, expiresAt } = await act.member('createAccessKey', { expiresAt: inDays(29) });
      assert.equal(expiresAt, inDays(29));
      await refusal(act.member('createAccessKey', { expiresAt: inDays(30.01) }), 'invalid_value', 'expiresAt');
      await refusal(act.member('updateAccessKey', { key, expiresAt: inDays(30.01) }), 'invalid_value', 'expiresAt');
      await refusal(act.member('updateAccessKey', { key, expiresAt: null }), 'invalid_value', 'expiresAt');
      assert.equal((await act.member('updateAccessKey', { key, expiresAt: inDays(30) })).expiresAt, inDays(30));
    });

    test('lifetimeDaysMax counts from when a key was made: no change of it makes it live longer', async () => {
      await rules({ lifetimeDaysMax: 30 });
      const { key } = await act.member('createAccessKey', {});
      world.running.clock.at += 10 * DAY_MS;
      await refusal(act.member('updateAccessKey', { key, expiresAt: inDays(30) }), 'invalid_value', 'expiresAt');
      await act.member('updateAccessKey', { key, expiresAt: inDays(20) });
    });

    test('an explicit null asks for no expiry, which the policy refuses', async () => {
      await rules({ lifetimeDaysMax: 7 });
      await refusal(act.member('createAccessKey', { expiresAt: null }), 'invalid_value', 'expiresAt');
    });

    test('a key from before lifetimeDaysMax keeps its life', async () => {
      await rules({});
      const { key } = await act.member('createAccessKey', {});
      await rules({ lifetimeDaysMax: 1 });
      assert.equal((await act.member('updateAccessKey', { key, name: 'Old' })).expiresAt, null);
      await act.member('deactivateAccessKey', { key });
      assert.equal((await act.member('activateAccessKey', { key })).expiresAt, null);
    });

    test('tokenPrefix begins the tokens of new keys; older tokens go on working', async () => {
      await rules({});
      const old = await act.member('createAccessKey', {});
      await rules({ tokenPrefix: 'acme_live' });
      const made = await act.member('createAccessKey', {});
      assert.equal(made.token, `acme_live_${made.key}_${made.secret}`);
      for (const token of [old.token, made.token]) assert.equal(await verdict(world.app, token), 'allowed');
    });
  });
}

function codeOf(reason: unknown): string {
  return reason instanceof KeywrightError ? reason.code : String(reason);
}
