import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Event, InputOf } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { sql } from 'kysely';
import { DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { type Act, acting, actingAll } from './acting.ts';
import { makeMember, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`events on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const list = async (by: Act, filter: InputOf<'listEvents'> = {}): Promise<Event[]> =>
      (await by('listEvents', { limit: 100, ...filter })).items;

    test('an event says who did what to what, when and from where', async () => {
      const { app, home } = world;
      const { owner } = home.callers.admin;
      const draft = { owner: home.serviceAccount, name: 'Told' };
      const { key } = await act.admin('createAccessKey', draft, { address: '2001:db8::7' });
      const [event] = await list(act.owner, { target: key });
      assert.ok(event);
      const { seq: _seq, hash: _hash, details: _details, ...told } = event;
      assert.deepEqual(told, {
        at: new Date(app.now()).toISOString(),
        action: 'createAccessKey',
        actor: { kind: 'member', id: owner.id, name: owner.name },
        actorAccount: null,
        target: { kind: 'access_key', id: key, name: 'Told' },
        address: '2001:db8::7',
      });
    });

    test('what a key does is done by the key', async () => {
      const { app, home } = world;
      const { key, token } = await makeKey(app, home.callers.member, { name: 'Doer' });
      const made = await acting(app, await keyCaller(app, token))('createAccessKey', {});
      const [event] = await list(act.owner, { actor: key });
      assert.deepEqual(event?.actor, { kind: 'access_key', id: key, name: 'Doer' });
      assert.equal(event?.target.id, made.key);
    });

    test('no event holds a secret', async () => {
      const { secret, token } = await act.member('createAccessKey', { name: 'Secretive' });
      const { invitation } = await act.admin('inviteMember', { name: 'Ida', email: 'ida@example.com' });
      const text = JSON.stringify(await list(act.owner));
      for (const hidden of [secret, token, invitation.split('=').at(-1) ?? '']) assert.ok(!text.includes(hidden));
    });

    test('members and viewers see what they did, and what concerns them and their keys', async () => {
      const { app, home } = world;
      const person = await makeMember(app, home.id);
      const me = person.caller.owner.id;
      const mine = acting(app, person.caller);
      const own = await mine('createAccessKey', { name: 'Own' });
      const given = await act.admin('createAccessKey', { owner: me, name: 'Given' });
      await act.admin('deactivateAccessKey', { key: given.key });
      const others = await act.admin('createAccessKey', { name: 'Not theirs' });
      await act.owner('changeMemberRole', { member: me, role: 'viewer' });
      const seen = (await list(mine)).map(event => [event.action, event.target.id]);
      assert.deepEqual(seen, [
        ['changeMemberRole', me],
        ['deactivateAccessKey', given.key],
        ['createAccessKey', given.key],
        ['createAccessKey', own.key],
      ]);
      assert.deepEqual(await list(mine, { target: others.key }), []);
      assert.deepEqual(await list(mine, { actor: home.callers.owner.owner.id, action: 'createAccessKey' }), []);
      assert.ok((await list(act.admin, { target: others.key })).length === 1);
    });

    test('the list is newest first, filtered by action, object, actor and time', async () => {
      const { clock } = world.running;
      const times: string[] = [];
      for (const name of ['One', 'Two', 'Three']) {
        clock.at += 60_000;
        times.push(new Date(clock.at).toISOString());
        await act.admin('createServiceAccount', { name });
      }
      const [first = '', second = '', third = ''] = times;
      const names = async (filter: InputOf<'listEvents'>) =>
        (await list(act.owner, filter)).map(event => event.target.name);
      const made = { action: 'createServiceAccount' };
      assert.deepEqual(await names(made), ['Three', 'Two', 'One']);
      assert.deepEqual(await names({ ...made, since: second }), ['Three', 'Two']);
      assert.deepEqual(await names({ ...made, since: first, until: third }), ['Two', 'One']);
      assert.deepEqual(await names({ ...made, actor: world.home.callers.member.owner.id }), []);
      assert.deepEqual(await names({ action: 'noSuchAction' }), []);
    });

    test('pages hold every event once, while new ones arrive', async () => {
      const before = (await list(act.owner)).map(event => event.seq);
      assert.ok(before.length > 9);
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await act.owner('listEvents', { limit: 4, cursor });
        seen.push(...page.items.map(event => event.seq));
        await act.member('createAccessKey', {});
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(seen, before);
      assert.deepEqual(
        before,
        before.map((_, at) => before.length - at),
        'numbers have no gaps',
      );
    });

    test('accounts have chains of their own', async () => {
      const place = acting(world.app, world.foreign.callers.owner);
      assert.deepEqual(await place('checkEvents', {}), { intact: true, events: 0, brokenAt: null });
      await place('createAccessKey', {});
      assert.deepEqual(
        (await list(place)).map(event => event.seq),
        [1],
      );
    });

    test('20 changes at once make one chain', async () => {
      const { events } = await act.owner('checkEvents', {});
      const changes = Array.from({ length: 20 }, () => act.member('createAccessKey', {}));
      await Promise.all(changes);
      assert.deepEqual(await act.owner('checkEvents', {}), { intact: true, events: events + 20, brokenAt: null });
    });
  });

  describe(`a log that was tampered with on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
      const { owner } = world.home.callers;
      for (let at = 0; at < 6; at++) await makeKey(world.app, owner, { name: `Key ${at}` });
    });
    after(() => world[Symbol.asyncDispose]());

    /** Statements that change the fourth event or take it away, and those that mend it. */
    const TAMPERED: Record<string, [change: string, mend: string]> = {
      'another actor': [`actor_name = 'Eve'`, `actor_name = 'Home owner'`],
      'another time': ['at = at + 1', 'at = at - 1'],
      'another object': [`target_name = 'Key 9'`, `target_name = 'Key 3'`],
      'another address': [`address = '192.0.2.1'`, `address = '127.0.0.1'`],
      'other details': [`details = '{}' || details`, `details = substr(details, 3)`],
      'another action': [`action = 'deleteAccessKey'`, `action = 'createAccessKey'`],
      'another place': ['seq = 40', 'seq = 4'],
    };
    for (const [what, [change, mend]] of Object.entries(TAMPERED)) {
      test(`${what} is found`, async () => {
        const { app, home } = world;
        const check = () => acting(app, home.callers.owner)('checkEvents', {});
        const set = (assignment: string, seq: number) =>
          app.store.transact(tx =>
            sql`update events set ${sql.raw(assignment)} where account_id = ${home.id} and seq = ${seq}`.execute(tx),
          );
        await set(change, 4);
        assert.deepEqual(await check(), { intact: false, events: 3, brokenAt: 4 });
        await set(mend, what === 'another place' ? 40 : 4);
        assert.deepEqual(await check(), { intact: true, events: 6, brokenAt: null });
      });
    }

    test('an event that was taken away is found', async () => {
      const { app, home } = world;
      await app.store.transact(tx => sql`delete from events where account_id = ${home.id} and seq = 2`.execute(tx));
      const found = await acting(app, home.callers.owner)('checkEvents', {});
      assert.deepEqual(found, { intact: false, events: 1, brokenAt: 2 });
    });
  });
}
