import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import type { Caller } from '@keywright/server';
import { DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { acting, refusal, verdict } from './acting.ts';
import { dump, makeMember, makeWorld, type World } from './world.ts';

type Draft = InputOf<'createAccessKey'>;

const BEGUN = Date.now();

/** What the calling key is bound to, what goes beyond it, and what does not. */
const BOUNDS: { field: string; calling: Draft; beyond: Draft[]; within: Draft[] }[] = [
  {
    field: 'networks',
    calling: { networks: ['192.0.2.0/24', '2001:db8::/32'] },
    beyond: [
      { networks: [] },
      { networks: ['0.0.0.0/0'] },
      { networks: ['192.0.2.0/23'] },
      { networks: ['192.0.2.1', '198.51.100.1'] },
      { networks: ['::/0'] },
    ],
    within: [{ networks: ['192.0.2.128/25', '2001:db8:1::/48'] }, { networks: ['192.0.2.1'] }],
  },
  {
    field: 'expiresAt',
    calling: { expiresAt: inHours(2) },
    beyond: [{ expiresAt: inHours(2.01) }],
    within: [{ expiresAt: inHours(2) }, { expiresAt: inHours(1) }],
  },
];

function inHours(hours: number): string {
  return new Date(BEGUN + hours * 3_600_000).toISOString();
}

for (const kind of DATABASES) {
  describe(`a key makes none that goes beyond itself, on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
    });
    after(() => world[Symbol.asyncDispose]());

    const callingKey = async (person: Caller, draft: Draft) =>
      acting(world.app, await keyCaller(world.app, (await makeKey(world.app, person, draft)).token));

    for (const { field, calling, beyond, within } of BOUNDS) {
      test(`${field}: when it creates`, async () => {
        const key = await callingKey(world.home.callers.member, calling);
        const stood = await dump(world);
        for (const draft of beyond) await refusal(key('createAccessKey', draft), 'broader_key', field);
        assert.deepEqual(await dump(world), stood);
        for (const draft of within) await key('createAccessKey', draft);
      });

      test(`${field}: when it creates for somebody else`, async () => {
        const key = await callingKey(world.home.callers.admin, calling);
        const owner = world.home.serviceAccount;
        for (const draft of beyond) await refusal(key('createAccessKey', { ...draft, owner }), 'broader_key', field);
      });

      test(`${field}: when it names nothing, the new key gets its own bounds`, async () => {
        const { app, home } = world;
        const first = await makeKey(app, home.callers.member, calling);
        const made = await acting(app, await keyCaller(app, first.token))('createAccessKey', {});
        assert.deepEqual([made.networks, made.expiresAt], [first.networks, first.expiresAt]);
      });

      test(`${field}: when it changes a key`, async () => {
        const { app, home } = world;
        const { member } = home.callers;
        const act = await callingKey(member, calling);
        const { key } = await makeKey(app, member, calling);
        const stood = await dump(world);
        for (const draft of beyond) await refusal(act('updateAccessKey', { ...draft, key }), 'broader_key', field);
        assert.deepEqual(await dump(world), stood);
        for (const draft of within) await act('updateAccessKey', { ...draft, key });
      });

      test(`${field}: when it activates or changes a key that is broader already`, async () => {
        const { app, home } = world;
        const { member } = home.callers;
        const act = await callingKey(member, calling);
        const { key, token } = await makeKey(app, member, {});
        await refusal(act('updateAccessKey', { key, name: 'Mine' }), 'broader_key', field);
        // Switching off is always possible; switching on again would bring back more than the calling key has.
        await act('deactivateAccessKey', { key });
        await refusal(act('activateAccessKey', { key }), 'broader_key', field);
        await refusal(act('updateAccessKey', { key, enabled: true }), 'broader_key', field);
        assert.equal(await verdict(app, token), 'inactive');
      });
    }

    test('expiresAt: nothing said means as long as itself, and never is too long', async () => {
      const { app, home } = world;
      const first = await makeKey(app, home.callers.member, { expiresAt: inHours(1) });
      const act = acting(app, await keyCaller(app, first.token));
      assert.equal((await act('createAccessKey', {})).expiresAt, first.expiresAt);
      await refusal(act('createAccessKey', { expiresAt: null }), 'broader_key', 'expiresAt');
      await refusal(act('updateAccessKey', { key: first.key, expiresAt: null }), 'broader_key', 'expiresAt');
    });

    test('project: a key of a project makes keys of that project only', async () => {
      const { app, home } = world;
      const { token } = await makeKey(app, home.callers.member, { project: home.project });
      const act = acting(app, await keyCaller(app, token));
      await refusal(act('createAccessKey', { project: null }), 'broader_key', 'project');
      assert.equal((await act('createAccessKey', { project: home.project })).project, home.project);
      const loose = await makeKey(app, home.callers.member, {});
      await act('deactivateAccessKey', { key: loose.key });
      await refusal(act('activateAccessKey', { key: loose.key }), 'broader_key', 'project');
    });

    test('permission: a key that only reads makes none, and changes none', async () => {
      const { app, home } = world;
      const { key, token } = await makeKey(app, home.callers.member, { permission: 'read_only' });
      const act = acting(app, await keyCaller(app, token));
      await refusal(act('createAccessKey', { permission: 'read_only' }), 'permission_denied');
      await refusal(act('updateAccessKey', { key, permission: 'read_write' }), 'permission_denied');
      await refusal(act('activateAccessKey', { key }), 'permission_denied');
    });

    test('an administrator by key reaches no secret of an owner either', async () => {
      const { app, home } = world;
      const act = await callingKey(home.callers.admin, {});
      const other = await makeMember(app, home.id, 'owner');
      await refusal(act('createAccessKey', { owner: other.caller.owner.id }), 'forbidden');
    });
  });
}
