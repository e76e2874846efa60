import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import { lockChanges } from '@keywright/store';
import { callOf, DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { acting, refusal } from './acting.ts';
import { makeMember, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`rights that end or would spread, on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
    });
    after(() => world[Symbol.asyncDispose]());

    test('a key that was deactivated while its change waited changes nothing', async () => {
      const { app, home } = world;
      const made = await makeKey(app, home.callers.member);
      const asKey = await keyCaller(app, made.token);
      const created = await app.store.transact(async tx => {
        await lockChanges(tx, app.store);
        const waiting = Promise.allSettled([run(app, 'createAccessKey', { name: 'successor' }, callOf(asKey))]);
        await tx.updateTable('access_keys').set({ enabled: 0 }).where('key', '=', made.key).execute();
        return () => waiting;
      });
      const [answer] = await created();
      assert.equal(answer.status, 'rejected');
      assert.equal(answer.reason.code, 'inactive');
      await refusal(run(app, 'createAccessKey', {}, callOf(asKey)), 'inactive');
    });

    test('who was demoted or signed out changes nothing any more', async () => {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const demoted = await makeMember(app, home.id, 'admin');
      await owner('changeMemberRole', { member: demoted.caller.owner.id, role: 'member' });
      await refusal(acting(app, demoted.caller)('createServiceAccount', { name: 'Mine' }), 'unauthenticated');
      const gone = await makeMember(app, home.id);
      await acting(app, gone.caller)('revokeSessions', {});
      await refusal(acting(app, gone.caller)('createAccessKey', {}), 'unauthenticated');
    });

    test('nobody becomes an owner while others hold their invitation or keys', async () => {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const invited = await acting(app, home.callers.admin)('inviteMember', { name: 'New', email: 'new@home.example' });
      await refusal(owner('changeMemberRole', { member: invited.id, role: 'owner' }), 'conflict');
      const { caller } = await makeMember(app, home.id);
      const own = await makeKey(app, caller);
      await makeKey(app, await keyCaller(app, own.token));
      const foreign = await makeKey(app, home.callers.admin, { owner: caller.owner.id });
      await refusal(owner('changeMemberRole', { member: caller.owner.id, role: 'owner' }), 'conflict');
      await owner('deactivateAccessKey', { key: foreign.key });
      await owner('deleteAccessKey', { key: foreign.key });
      assert.equal((await owner('changeMemberRole', { member: caller.owner.id, role: 'owner' })).role, 'owner');
    });

    test('a key that expires or is bound to networks lets nobody in', async () => {
      const { app, home } = world;
      const expiresAt = new Date(app.now() + 3_600_000).toISOString();
      for (const bound of [{ expiresAt }, { networks: ['127.0.0.1'] }]) {
        const act = acting(app, await keyCaller(app, (await makeKey(app, home.callers.owner, bound)).token));
        await refusal(act('inviteMember', { name: 'New', email: 'other@home.example', role: 'owner' }), 'broader_key');
        await refusal(act('changeMemberRole', { member: home.callers.viewer.owner.id, role: 'owner' }), 'broader_key');
        const { serviceAccount, project } = home;
        await refusal(act('updateServiceAccount', { serviceAccount, role: 'admin' }), 'broader_key');
        await act('deactivateServiceAccount', { serviceAccount });
        await refusal(act('activateServiceAccount', { serviceAccount }), 'broader_key');
        await act('archiveProject', { project });
        await refusal(act('unarchiveProject', { project }), 'broader_key');
        const owner = acting(app, home.callers.owner);
        await owner('activateServiceAccount', { serviceAccount });
        await owner('unarchiveProject', { project });
        const { id: account } = await owner('createManagedAccount', { name: 'Customer' });
        await act('deactivateAccount', { account });
        await refusal(act('activateAccount', { account }), 'broader_key');
      }
    });

    test("a viewer's key writes nowhere", async () => {
      const { app, home } = world;
      const { caller } = await makeMember(app, home.id);
      const { token } = await makeKey(app, caller);
      const verify = () => run(app, 'verify', { credential: token, method: 'POST' }, callOf(undefined));
      assert.partialDeepStrictEqual(await verify(), { allowed: true, permission: 'read_write' });
      await acting(app, home.callers.owner)('changeMemberRole', { member: caller.owner.id, role: 'viewer' });
      assert.partialDeepStrictEqual(await verify(), {
        allowed: false,
        reason: 'permission_denied',
        permission: 'read_only',
      });
    });
  });
}
