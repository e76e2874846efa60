import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits, type Role } from '@keywright/core';
import { DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, refusal } from './acting.ts';
import { rest } from './http.ts';
import { dump, makeMember, makeWorld, serial, type World } from './world.ts';

const HOUR_MS = 3_600_000;

for (const kind of DATABASES) {
  describe(`Idempotency-Key on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const newKey = () => ({ idempotencyKey: `key-${serial()}` });

    test('the same request again gets the same answer, and makes nothing', async () => {
      const more = newKey();
      const first = await act.admin('createServiceAccount', { name: 'Once' }, more);
      const stood = await dump(world);
      assert.deepEqual(await act.admin('createServiceAccount', { name: 'Once' }, more), first);
      // The same after parsing is the same.
      assert.deepEqual(await act.admin('createServiceAccount', { name: ' Once ', role: 'member' }, more), first);
      assert.deepEqual(await dump(world), stood);
    });

    test('the answer is the one of then, whatever has changed since', async () => {
      const more = newKey();
      const first = await act.admin('createServiceAccount', { name: 'Then' }, more);
      await act.admin('updateServiceAccount', { serviceAccount: first.id, name: 'Now' });
      assert.deepEqual(await act.admin('createServiceAccount', { name: 'Then' }, more), first);
    });

    test('another request with it is refused', async () => {
      const more = newKey();
      await act.admin('createServiceAccount', { name: 'One' }, more);
      const stood = await dump(world);
      await refusal(act.admin('createServiceAccount', { name: 'Two' }, more), 'idempotency_conflict');
      await refusal(act.admin('createAccessKey', { name: 'One' }, more), 'idempotency_conflict');
      assert.deepEqual(await dump(world), stood);
    });

    test('a secret is never answered twice, nor kept', async () => {
      const more = newKey();
      const { key, secret, token } = await act.member('createAccessKey', { name: 'Once' }, more);
      const refused = await refusal(act.member('createAccessKey', { name: 'Once' }, more), 'idempotency_conflict');
      assert.ok(refused.message.includes(key), 'it says which key was made');
      const email = `once-${serial()}@example.com`;
      const invite = newKey();
      const { invitation } = await act.admin('inviteMember', { name: 'Ida', email }, invite);
      const again = await refusal(act.admin('inviteMember', { name: 'Ida', email }, invite), 'idempotency_conflict');
      const kept = JSON.stringify([await dump(world), refused.message, again.message]);
      for (const hidden of [secret, token, invitation.split('=').at(-1) ?? '']) assert.ok(!kept.includes(hidden));
    });

    test('two at the same moment make one', async () => {
      const more = newKey();
      const twice = [1, 2].map(() => act.admin('createServiceAccount', { name: 'Double' }, more));
      const [first, second] = await Promise.all(twice);
      assert.deepEqual(first, second);
      assert.deepEqual(await actionsAbout(act.admin, first?.id ?? ''), ['createServiceAccount']);
      const member = acting(world.app, (await makeMember(world.app, world.home.id)).caller);
      const keys = Array.from({ length: 5 }, () => member('createAccessKey', {}, more));
      const states = (await Promise.allSettled(keys)).map(result => result.status);
      assert.equal(states.filter(state => state === 'fulfilled').length, 1);
      assert.equal((await member('listAccessKeys', {})).items.length, 1);
    });

    test('each caller has keys of their own', async () => {
      const { app, home } = world;
      const more = newKey();
      const byKey = acting(app, await keyCaller(app, (await makeKey(app, home.callers.admin)).token));
      const ids = [
        await act.admin('createServiceAccount', { name: 'Mine' }, more),
        await act.owner('createServiceAccount', { name: 'Mine' }, more),
        await byKey('createServiceAccount', { name: 'Mine' }, more),
      ].map(made => made.id);
      assert.equal(new Set(ids).size, 3);
    });

    test('a refused call uses nothing up', async () => {
      const more = newKey();
      await act.admin('updateKeyPolicy', { nameRequired: true });
      await refusal(act.member('createAccessKey', {}, more), 'invalid_value');
      await act.admin('updateKeyPolicy', { nameRequired: false });
      await act.member('createAccessKey', {}, more);
    });

    test('who may not call learns nothing from it', async () => {
      const more = newKey();
      const { caller } = await makeMember(world.app, world.home.id, 'admin');
      await acting(world.app, caller)('createServiceAccount', { name: 'Mine' }, more);
      const lesser = { ...caller, owner: { ...caller.owner, role: 'viewer' as const } };
      await refusal(acting(world.app, lesser)('createServiceAccount', { name: 'Mine' }, more), 'forbidden');
    });

    test('after a day it is forgotten', async () => {
      const more = newKey();
      const first = await act.admin('createServiceAccount', { name: 'Daily' }, more);
      world.running.clock.at += limits.idempotencyHours * HOUR_MS - 1;
      assert.deepEqual(await act.admin('createServiceAccount', { name: 'Daily' }, more), first);
      world.running.clock.at += 2;
      assert.notEqual((await act.admin('createServiceAccount', { name: 'Daily' }, more)).id, first.id);
    });

    test('only visible ASCII, at most 200 characters', async () => {
      const wrong = ['', ' ', 'a b', 'ä', 'a'.repeat(limits.idempotencyKeyCharsMax + 1), 'a\n'];
      for (const idempotencyKey of wrong) {
        const call = act.admin('createServiceAccount', { name: 'Never' }, { idempotencyKey });
        await refusal(call, 'invalid_value', 'Idempotency-Key');
      }
      const longest = 'a'.repeat(limits.idempotencyKeyCharsMax);
      await act.admin('createServiceAccount', { name: 'Long' }, { idempotencyKey: longest });
    });

    test('it comes as a header, and counts for what creates only', async () => {
      const { app, home, running } = world;
      const { token } = await makeKey(app, home.callers.owner);
      const carried = { token, headers: { 'idempotency-key': 'by-header' } };
      const first = await rest(running.url, 'createServiceAccount', { name: 'Header' }, carried);
      assert.equal(first.status, 201);
      const second = await rest(running.url, 'createServiceAccount', { name: 'Header' }, carried);
      assert.deepEqual([second.status, second.body], [201, first.body]);
      const other = await rest(running.url, 'createServiceAccount', { name: 'Other' }, carried);
      assert.deepEqual([other.status, other.body.code], [409, 'idempotency_conflict']);
      assert.equal((await rest(running.url, 'updateAccount', { name: 'Home' }, carried)).status, 200);
    });
  });
}
