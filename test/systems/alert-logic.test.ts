import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from '@keywright/contract';
import { limits } from '@keywright/core';
import { type Act, acting, refusal, verdict } from '../operations/acting.ts';
import { makeMember } from '../operations/world.ts';
import {
  DATABASES,
  keyCaller,
  makeAccount,
  makeKey,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';
import { until } from '../support/until.ts';

const KEYS_PER_USER = 5;

for (const kind of DATABASES) {
  describe(`access keys of users, managed by administrators, on ${kind}`, () => {
    let running: TestApp;
    let account: TestAccount;
    let admin: Act;
    let user: string;
    before(async () => {
      running = await startTestApp(kind);
      account = await makeAccount(running.app, 'Home');
      admin = acting(running.app, account.callers.admin);
      user = account.callers.member.owner.id;
    });
    after(() => running[Symbol.asyncDispose]());

    test('A1 an administrator goes from the members to one of them, and to the keys of that one', async () => {
      const { key } = await makeKey(running.app, account.callers.member, { name: 'of the user' });
      await makeKey(running.app, account.callers.admin, { name: 'of the administrator' });
      const { items } = await admin('listMembers', { text: 'home member' });
      assert.equal(items[0]?.id, user);
      assert.equal((await admin('getMember', { member: user })).keys, 1);
      const keys = await admin('listAccessKeys', { owner: user });
      assert.deepEqual(
        keys.items.map(one => one.key),
        [key],
      );
    });

    test('A2 a new key is an id and a secret, which only that answer holds', async () => {
      const made = await admin('createAccessKey', { owner: user, name: 'generated' });
      assert.match(made.key, /^KW[A-Z2-7]{18}$/);
      assert.equal(made.secret.length, limits.secretChars);
      const later = JSON.stringify([
        await admin('getAccessKey', { key: made.key }),
        await admin('listAccessKeys', { owner: user }),
        await admin('listEvents', { target: made.key }),
      ]);
      assert.ok(!later.includes(made.secret));
    });

    test('A3 the list shows name, id, last use, creator and time; only name and description are mere texts to edit', async () => {
      const { key, token } = await admin('createAccessKey', { owner: user, name: 'shown' });
      await verdict(running.app, token, { userAgent: 'integration/1' });
      const shown = async () => (await admin('listAccessKeys', { owner: user, text: key })).items[0];
      await until(async () => (await shown())?.lastUsed, { what: 'the use to be written' });
      assert.partialDeepStrictEqual(await shown(), {
        key,
        name: 'shown',
        creator: { id: account.callers.admin.owner.id, name: 'Home admin' },
        createdAt: new Date(running.clock.at).toISOString(),
        lastUsed: { userAgent: 'integration/1' },
      });
      const before = await shown();
      await admin('updateAccessKey', { key, name: 'renamed', description: 'For the nightly scan' });
      assert.deepEqual(await shown(), { ...before, name: 'renamed', description: 'For the nightly scan' });
      for (const change of [{ secret: 'another' }, { creator: 'somebody' }, { owner: account.serviceAccount }]) {
        const attempt = admin('updateAccessKey', { key, ...change });
        await refusal(attempt, 'invalid_value', Object.keys(change)[0]);
      }
    });

    test('A4 at most five keys a user: the sixth is refused, and the message says to delete one first', async () => {
      const { caller } = await makeMember(running.app, account.id);
      await acting(running.app, account.callers.owner)('updateKeyPolicy', { keysPerOwnerMax: KEYS_PER_USER });
      const owner = caller.owner.id;
      for (let made = 0; made < KEYS_PER_USER; made++) await admin('createAccessKey', { owner });
      for (const act of [admin, acting(running.app, caller)]) {
        const refused = await refusal(act('createAccessKey', { owner }), 'key_limit_reached');
        assert.match(refused.message, /at most 5 access keys.*Delete one first/);
      }
      const [last] = (await admin('listAccessKeys', { owner })).items;
      assert.ok(last);
      await admin('deactivateAccessKey', { key: last.key });
      await refusal(admin('createAccessKey', { owner }), 'key_limit_reached');
      await admin('deleteAccessKey', { key: last.key });
      await admin('createAccessKey', { owner });
      await acting(running.app, account.callers.owner)('updateKeyPolicy', { keysPerOwnerMax: null });
    });

    test('A6 administrators manage keys of others, in their account and in those that it manages; nobody else does', async () => {
      const { url, app } = running;
      const { id: customer } = await admin('createManagedAccount', { name: 'Customer' });
      const { caller: theirs } = await makeMember(app, customer);
      const foreign = await makeAccount(app, `Elsewhere ${kind}`);
      const clientOf = async (caller: typeof theirs, chosen?: string) => {
        const { token } = await makeKey(app, caller, { name: 'calls' });
        return createClient({ server: url, token, ...(chosen === undefined ? {} : { account: chosen }) });
      };

      const places = [
        { client: await clientOf(account.callers.admin), owner: user },
        { client: await clientOf(account.callers.admin, customer), owner: theirs.owner.id },
        { client: await clientOf(account.callers.owner, customer), owner: theirs.owner.id },
      ];
      for (const { client, owner } of places) {
        const { key, token } = await client.createAccessKey({ owner, name: 'made for them' });
        assert.equal(await verdict(app, token), 'allowed');
        assert.equal((await client.updateAccessKey({ key, name: 'edited' })).name, 'edited');
        await client.deactivateAccessKey({ key });
        assert.equal(await verdict(app, token), 'inactive');
        await client.deleteAccessKey({ key });
        assert.equal(await verdict(app, token), 'unknown');
      }

      const { key, token } = await makeKey(app, theirs, { name: 'theirs' });
      const others = [
        await clientOf(account.callers.member, customer),
        await clientOf(foreign.callers.owner, customer),
        await clientOf(foreign.callers.owner),
        await clientOf(account.callers.admin),
        await clientOf((await makeMember(app, customer)).caller),
      ];
      for (const client of others) {
        await assert.rejects(client.getAccessKey({ key }), { code: 'not_found' });
        await assert.rejects(client.updateAccessKey({ key, name: 'mine' }), { code: 'not_found' });
        await assert.rejects(client.deactivateAccessKey({ key }), { code: 'not_found' });
        await assert.rejects(client.deleteAccessKey({ key }), { code: 'not_found' });
        await assert.rejects(client.createAccessKey({ owner: theirs.owner.id }), { code: 'not_found' });
      }
      assert.equal(await verdict(app, token), 'allowed');
    });

    test('A7 a lost secret can not be shown again: a new key takes the place of the old', async () => {
      const lost = await admin('createAccessKey', { owner: user, name: 'lost' });
      const next = await admin('createAccessKey', { owner: user, name: 'next' });
      assert.notEqual(next.secret, lost.secret);
      await admin('deactivateAccessKey', { key: lost.key });
      await admin('deleteAccessKey', { key: lost.key });
      assert.deepEqual(
        [await verdict(running.app, lost.token), await verdict(running.app, next.token)],
        ['unknown', 'allowed'],
      );
      assert.equal((await keyCaller(running.app, next.token)).owner.id, user);
    });
  });
}
