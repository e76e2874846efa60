import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { DATABASES, makeKey, PASSWORD } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, refusal, verdict } from './acting.ts';
import { tokenOf } from './cases.ts';
import { newAddress, rest, signIn, trySignIn } from './http.ts';
import { dump, makeMember, makeWorld, serial, type World } from './world.ts';

const DAY_MS = 86_400_000;
const NEW_PASSWORD = 'a password of her own';

for (const kind of DATABASES) {
  describe(`members on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const invite = async (input: Partial<InputOf<'inviteMember'>> = {}, by: Act = act.admin) => {
      const email = `invited-${serial()}@example.com`;
      const invited = await by('inviteMember', { name: 'Grace', email, ...input });
      return { ...invited, token: tokenOf(invited.invitation) };
    };
    /** Accepting over HTTP, each time from another address: the tries of one are counted. */
    const accept = (input: InputOf<'acceptInvitation'>) =>
      rest(world.running.url, 'acceptInvitation', input, { headers: { 'x-forwarded-for': newAddress() } });

    test('an invited person looks at the invitation, accepts it and signs in', async () => {
      const { url } = world.running;
      const { id, email, token, state, invitationExpiresAt } = await invite({ role: 'viewer' });
      assert.equal(state, 'invited');
      assert.equal(invitationExpiresAt, new Date(world.app.now() + 7 * DAY_MS).toISOString());
      const shown = await rest(url, 'getInvitation', { token });
      assert.deepEqual(shown.body, { account: 'Home', name: 'Grace', email, role: 'viewer', known: false });
      assert.equal((await trySignIn(url, email, NEW_PASSWORD)).status, 401);
      const accepted = await accept({ token, name: 'Grace Hopper', password: NEW_PASSWORD });
      assert.deepEqual([accepted.status, accepted.body], [200, { email }]);
      const cookie = await signIn(url, email, NEW_PASSWORD);
      const { body } = await rest(url, 'whoami', {}, { cookie });
      assert.deepEqual(
        [body.via, body.role, body.owner],
        ['session', 'viewer', { kind: 'member', id, name: 'Grace Hopper' }],
      );
      assert.equal((await act.admin('getMember', { member: id })).state, 'active');
      assert.deepEqual(await actionsAbout(act.admin, id), ['inviteMember', 'acceptInvitation', 'signIn']);
      for (const name of ['getInvitation', 'acceptInvitation'] as const) {
        const input = { token, name: 'Eve', password: NEW_PASSWORD };
        const again = name === 'getInvitation' ? await rest(url, name, { token }) : await accept(input);
        assert.deepEqual([again.status, again.body.code], [410, 'gone']);
      }
    });

    test('who has a password here already proves it, and has one password for both accounts', async () => {
      const { url } = world.running;
      const { caller, email } = await makeMember(world.app, world.foreign.id);
      const { id, token } = await invite({ email });
      assert.equal((await rest(url, 'getInvitation', { token })).body.known, true);
      const stood = await dump(world);
      const wrong = await accept({ token, name: 'Eve', password: NEW_PASSWORD });
      assert.deepEqual([wrong.status, wrong.body.code], [401, 'unauthenticated']);
      assert.deepEqual(await dump(world), stood);
      assert.equal((await accept({ token, name: 'Grace', password: PASSWORD })).status, 200);
      assert.equal((await act.admin('getMember', { member: id })).state, 'active');
      await signIn(url, email, PASSWORD);
      // Leaving one account leaves the person in the other.
      await act.admin('removeMember', { member: id });
      await signIn(url, email, PASSWORD);
      await acting(world.app, world.foreign.callers.owner)('removeMember', { member: caller.owner.id });
      assert.equal((await trySignIn(url, email, PASSWORD)).status, 401);
    });

    test('an invitation ends after seven days, and when it is removed', async () => {
      const { url, clock } = world.running;
      const [old, removed] = [await invite(), await invite()];
      await act.admin('removeMember', { member: removed.id });
      assert.equal((await rest(url, 'getInvitation', { token: removed.token })).status, 410);
      clock.at += 7 * DAY_MS;
      assert.equal((await rest(url, 'getInvitation', { token: old.token })).status, 410);
      assert.equal((await accept({ token: old.token, name: 'Late', password: NEW_PASSWORD })).status, 410);
    });

    test('a person is invited once to an account, and to any number of accounts', async () => {
      const email = `twice-${serial()}@example.com`;
      await invite({ email });
      await refusal(invite({ email: ` ${email.toUpperCase()}` }), 'conflict');
      await refusal(invite({ email: (await makeMember(world.app, world.home.id)).email }), 'conflict');
      await acting(world.app, world.foreign.callers.admin)('inviteMember', { name: 'Grace', email });
    });

    test('invitations are accepted or removed, not activated or deactivated', async () => {
      const { id } = await invite();
      await refusal(act.admin('activateMember', { member: id }), 'conflict');
      await refusal(act.admin('deactivateMember', { member: id }), 'conflict');
    });

    test('accepting can be tried ten times a minute', async () => {
      const headers = { 'x-forwarded-for': newAddress() };
      const tries = [];
      for (let at = 0; at < 11; at++) {
        const input = { token: `guess-${at}`, name: 'Eve', password: NEW_PASSWORD };
        tries.push((await rest(world.running.url, 'acceptInvitation', input, { headers })).body.code);
      }
      assert.deepEqual(tries, [...Array(10).fill('gone'), 'too_many_attempts']);
    });

    test('only owners make owners, and only they touch them', async () => {
      const { home, app } = world;
      const other = (await makeMember(app, home.id, 'owner')).caller.owner.id;
      const plain = (await makeMember(app, home.id)).caller.owner.id;
      const stood = await dump(world);
      await refusal(invite({ role: 'owner' }), 'forbidden');
      await refusal(act.admin('changeMemberRole', { member: plain, role: 'owner' }), 'forbidden');
      await refusal(act.admin('changeMemberRole', { member: home.callers.admin.owner.id, role: 'owner' }), 'forbidden');
      await refusal(act.admin('changeMemberRole', { member: other, role: 'member' }), 'forbidden');
      for (const name of ['deactivateMember', 'activateMember', 'removeMember'] as const)
        await refusal(act.admin(name, { member: other }), 'forbidden');
      assert.deepEqual(await dump(world), stood);
      assert.equal((await invite({ role: 'owner' }, act.owner)).role, 'owner');
      assert.equal((await act.owner('changeMemberRole', { member: plain, role: 'owner' })).role, 'owner');
      assert.equal((await act.owner('changeMemberRole', { member: other, role: 'admin' })).role, 'admin');
      const [changed] = (await eventsAbout(act.owner, other)).slice(-1);
      assert.deepEqual(changed?.details, { role: { from: 'owner', to: 'admin' } });
    });

    test('a changed role holds from the next call on, for keys too', async () => {
      const { caller } = await makeMember(world.app, world.home.id, 'admin');
      const { token } = await makeKey(world.app, caller);
      const { url } = world.running;
      assert.equal((await rest(url, 'createServiceAccount', { name: 'One' }, { token })).status, 201);
      await act.owner('changeMemberRole', { member: caller.owner.id, role: 'member' });
      const refused = await rest(url, 'createServiceAccount', { name: 'Two' }, { token });
      assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
    });

    test('deactivating ends sessions and keys at once, activating brings back the keys', async () => {
      const { app, running } = world;
      const { caller, email } = await makeMember(app, world.home.id);
      const member = caller.owner.id;
      const { token } = await makeKey(app, caller);
      const cookie = await signIn(running.url, email);
      // Seen before, so that the facts are in the cache.
      assert.equal(await verdict(app, token), 'allowed');
      assert.equal((await rest(running.url, 'whoami', {}, { cookie })).status, 200);
      for (const _ of [1, 2]) await act.admin('deactivateMember', { member });
      assert.equal(await verdict(app, token), 'owner_inactive');
      assert.equal((await rest(running.url, 'whoami', {}, { token })).body.code, 'owner_inactive');
      assert.equal((await rest(running.url, 'whoami', {}, { cookie })).body.code, 'unauthenticated');
      for (const _ of [1, 2]) await act.admin('activateMember', { member });
      assert.equal(await verdict(app, token), 'allowed');
      assert.equal((await rest(running.url, 'whoami', {}, { cookie })).status, 401, 'the session came back');
      await signIn(running.url, email);
      const actions = (await actionsAbout(act.admin, member)).filter(action => action !== 'signIn');
      assert.deepEqual(actions, ['deactivateMember', 'activateMember']);
      await act.admin('deactivateMember', { member });
      assert.equal((await trySignIn(running.url, email, PASSWORD)).status, 401);
    });

    test('removing deletes the keys, each with its event, and ends sign-in', async () => {
      const { app, running } = world;
      const { caller, email } = await makeMember(app, world.home.id);
      const keys = [await makeKey(app, caller, { name: 'One' }), await makeKey(app, caller, { name: 'Two' })];
      const cookie = await signIn(running.url, email);
      for (const { token } of keys) assert.equal(await verdict(app, token), 'allowed');
      await act.admin('removeMember', { member: caller.owner.id });
      for (const { key, name, token } of keys) {
        assert.equal(await verdict(app, token), 'unknown');
        const last = (await eventsAbout(act.admin, key)).at(-1);
        assert.deepEqual([last?.action, last?.target.name], ['deleteAccessKey', name]);
        assert.equal(last?.actor.id, world.home.callers.admin.owner.id);
      }
      assert.equal((await rest(running.url, 'whoami', {}, { cookie })).status, 401);
      assert.equal((await trySignIn(running.url, email, PASSWORD)).status, 401);
      await refusal(act.admin('getMember', { member: caller.owner.id }), 'not_found');
    });

    test('the list: role, state, text and order', async () => {
      const place = acting(world.app, world.foreign.callers.owner);
      const ask = async (filter: InputOf<'listMembers'>) =>
        (await place('listMembers', { text: 'zanzibar', ...filter })).items.map(one => one.name);
      const { id } = await place('inviteMember', { name: 'Zanzibar_guest', email: `guest-${serial()}@example.com` });
      await place('deactivateMember', { member: world.foreign.callers.viewer.owner.id });
      const inOrder = ['Zanzibar admin', 'Zanzibar member', 'Zanzibar owner', 'Zanzibar viewer', 'Zanzibar_guest'];
      assert.deepEqual(await ask({}), inOrder);
      assert.deepEqual(await ask({ sort: '-name' }), inOrder.toReversed());
      assert.deepEqual(await ask({ state: 'invited' }), ['Zanzibar_guest']);
      assert.deepEqual(await ask({ state: 'inactive' }), ['Zanzibar viewer']);
      assert.deepEqual(await ask({ role: 'admin', state: 'active' }), ['Zanzibar admin']);
      assert.deepEqual(await ask({ text: '_GUEST' }), ['Zanzibar_guest']);
      assert.deepEqual(await ask({ text: 'owner@zanzibar' }), ['Zanzibar owner']);
      await place('removeMember', { member: id });
    });
  });

  describe(`the last owner on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    test('can not leave, be deactivated or become less', async () => {
      const member = world.home.callers.owner.owner.id;
      // Neither counts: one has not joined, the other is inactive.
      await act.owner('inviteMember', { name: 'Later', email: 'later@example.com', role: 'owner' });
      const other = (await makeMember(world.app, world.home.id, 'owner')).caller.owner.id;
      await act.owner('deactivateMember', { member: other });
      const stood = await dump(world);
      await refusal(act.owner('removeMember', { member }), 'conflict');
      await refusal(act.owner('deactivateMember', { member }), 'conflict');
      await refusal(act.owner('changeMemberRole', { member, role: 'admin' }), 'conflict');
      assert.deepEqual(await dump(world), stood);
      await act.owner('activateMember', { member: other });
      assert.equal((await act.owner('changeMemberRole', { member, role: 'admin' })).role, 'admin');
    });

    test('two owners who go at the same moment leave one', async () => {
      const place = world.foreign;
      const other = (await makeMember(world.app, place.id, 'owner')).caller;
      const both = [place.callers.owner, other];
      const results = await Promise.allSettled(
        both.map(caller => acting(world.app, caller)('removeMember', { member: caller.owner.id })),
      );
      assert.deepEqual(results.map(result => result.status).sort(), ['fulfilled', 'rejected']);
    });
  });
}
