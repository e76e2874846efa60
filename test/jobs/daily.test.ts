import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { AccessKey, InputOf } from '@keywright/contract';
import { DEFAULT_KEY_POLICY, type Role } from '@keywright/core';
import { runDaily } from '@keywright/server';
import { deleteUseBatches, insertAccessKeys } from '@keywright/store';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, verdict } from '../operations/acting.ts';
import { dump, makeProject, makeWorld, type World } from '../operations/world.ts';
import { plainKey } from '../store/stores.ts';
import { DATABASES, renewSessions } from '../support/app.ts';

const DAY_MS = 86_400_000;

for (const kind of DATABASES) {
  describe(`the daily job on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const rules = (policy: InputOf<'updateKeyPolicy'>) =>
      act.owner('updateKeyPolicy', { ...DEFAULT_KEY_POLICY, ...policy });
    const inDays = (days: number) => new Date(world.app.now() + days * DAY_MS).toISOString();
    const stateOf = async (key: string): Promise<AccessKey> => act.owner('getAccessKey', { key });
    const noticeOf = async (key: string) => (await stateOf(key)).notice;

    /** Lets days go by, as the job sees them: one after the other. */
    async function live(days: number): Promise<void> {
      for (let day = 0; day < days; day++) {
        world.running.clock.at += DAY_MS;
        await runDaily(world.app, world.app.now());
      }
      await renewSessions(world.app, world.home);
    }

    test('an unused key is announced, and deactivated after the notice, by the system', async () => {
      await rules({ idleDaysMax: 30 });
      const { key, token } = await act.member('createAccessKey', { name: 'Forgotten' });
      await live(22);
      assert.equal(await noticeOf(key), null);
      await live(1);
      const due = inDays(7);
      const notice = await noticeOf(key);
      const noticedAt = new Date(world.app.now()).toISOString();
      assert.deepEqual(notice, { kind: 'idle', noticedAt, deactivatesAt: due, expiresAt: null });
      await live(6);
      assert.deepEqual(await noticeOf(key), notice);
      assert.equal(await verdict(world.app, token), 'allowed');
    });

    test('a key that is deactivated for being unused is dead at once, and says so in its events', async () => {
      await rules({ idleDaysMax: 30 });
      const { key, createdAt } = await act.member('createAccessKey', {});
      await live(30);
      const { state, notice } = await stateOf(key);
      assert.deepEqual([state, notice], ['inactive', null]);
      const events = await eventsAbout(act.member, key);
      assert.deepEqual(
        events.map(({ action, actor }) => [action, actor.kind]),
        [
          ['createAccessKey', 'member'],
          ['noticeAccessKey', 'system'],
          ['deactivateAccessKey', 'system'],
        ],
      );
      assert.deepEqual(events[1]?.details, {
        kind: 'idle',
        unusedSince: createdAt,
        deactivatesAt: new Date(world.app.now()).toISOString(),
      });
      assert.deepEqual(events[2]?.details, {
        enabled: { from: true, to: false },
        reason: 'idle',
        unusedSince: createdAt,
      });
      assert.equal((await act.owner('checkEvents', {})).intact, true);
    });

    test('using the key takes the notice back, and idle days count anew', async () => {
      await rules({ idleDaysMax: 30 });
      const { key, token } = await act.member('createAccessKey', {});
      await live(25);
      assert.equal((await noticeOf(key))?.kind, 'idle');
      world.running.clock.at += 1000;
      assert.equal(await verdict(world.app, token), 'allowed');
      await world.app.uses.flush();
      assert.equal(await noticeOf(key), null);
      await live(20);
      assert.deepEqual([(await stateOf(key)).state, await noticeOf(key)], ['active', null]);
      await live(5);
      assert.equal((await noticeOf(key))?.kind, 'idle');
      await live(8);
      assert.equal((await stateOf(key)).state, 'inactive');
      assert.equal((await actionsAbout(act.owner, key)).filter(action => action === 'noticeAccessKey').length, 2);
    });

    test('what another node has put by and not settled yet counts as used', async () => {
      await rules({ idleDaysMax: 30 });
      const [used, announced, unused] = [
        await act.member('createAccessKey', {}),
        await act.member('createAccessKey', {}),
        await act.member('createAccessKey', {}),
      ];
      const { store } = world.app;
      const use = { at: 0, address: null, agent: null, api: null };
      const putBy = (key: string) => store.uses.putBy([{ ...use, key, at: world.app.now() + DAY_MS - 1 }]);
      await live(22);
      const batches = [await putBy(used.key)];
      await live(1);
      assert.deepEqual([await noticeOf(used.key), (await noticeOf(announced.key))?.kind], [null, 'idle']);
      await live(6);
      batches.push(await putBy(announced.key));
      await live(1);
      const states = [used, announced, unused].map(async ({ key }) => (await stateOf(key)).state);
      assert.deepEqual(await Promise.all(states), ['active', 'active', 'inactive']);
      await store.transact(tx => deleteUseBatches(tx, batches));
    });

    test('editing the key takes the notice back until the next day, and gives the full notice again', async () => {
      await rules({ idleDaysMax: 30 });
      const { key } = await act.member('createAccessKey', {});
      await live(28);
      assert.equal((await act.member('updateAccessKey', { key, name: 'Kept' })).notice, null);
      await live(6);
      assert.equal((await stateOf(key)).state, 'active');
      await live(2);
      assert.equal((await stateOf(key)).state, 'inactive');
    });

    test('idle days count from when the rule is set: no key is late at once, and the notice is never short', async () => {
      await rules({});
      const { key } = await act.member('createAccessKey', {});
      await live(100);
      await rules({ idleDaysMax: 2, noticeDays: 7 });
      await runDaily(world.app, world.app.now());
      assert.equal(await noticeOf(key), null);
      await live(1);
      assert.equal((await noticeOf(key))?.deactivatesAt, inDays(7));
      await live(6);
      assert.equal((await stateOf(key)).state, 'active');
      await live(1);
      assert.equal((await stateOf(key)).state, 'inactive');
    });

    test('a rule that is taken away or becomes looser takes the notice back', async () => {
      await rules({ idleDaysMax: 30 });
      const { key } = await act.member('createAccessKey', {});
      await live(24);
      await rules({ idleDaysMax: 90 });
      await live(20);
      assert.deepEqual([(await stateOf(key)).state, await noticeOf(key)], ['active', null]);
      await rules({});
      await live(100);
      assert.equal((await stateOf(key)).state, 'active');
    });

    test('what is long over is forgotten a piece at a time, and what is not stays', async () => {
      const { store } = world.app;
      const now = world.app.now();
      const rows = Array.from({ length: 1300 }, (_, n) => {
        const at = n < 1299 ? now - 50 * DAY_MS : now;
        const quota = { subject: 'KWA', name: `old ${n}`, starts_at: at, ends_at: at, used: 1, granted: 1 };
        const reservation = { id: `rsv_${n}`, reserved: 1, charged: '{}', lapses_at: at, cost: null, uncharged: 0 };
        return { quota, reservation };
      });
      await store.transact(async tx => {
        await tx
          .insertInto('quota_counters')
          .values(rows.map(({ quota }) => quota))
          .execute();
        await tx
          .insertInto('reservations')
          .values(rows.map(({ reservation }) => reservation))
          .execute();
      });
      const countOf = async (table: 'quota_counters' | 'reservations') =>
        (await store.db.selectFrom(table).selectAll().execute()).length;
      const left = { quota_counters: new Set<number>(), reservations: new Set<number>() };
      let isRunning = true;
      const running = runDaily(world.app, now).finally(() => {
        isRunning = false;
      });
      while (isRunning) {
        left.quota_counters.add(await countOf('quota_counters'));
        left.reservations.add(await countOf('reservations'));
        await setTimeout(1);
      }
      await running;
      assert.deepEqual([await countOf('quota_counters'), await countOf('reservations')], [1, 1]);
      for (const counts of Object.values(left)) assert.ok(counts.size >= 4, [...counts].join());
    });

    test('a project with a tighter rule deactivates its own keys only', async () => {
      await rules({});
      const project = await makeProject(world.app, world.home.id, 'Orbit');
      await act.admin('updateKeyPolicy', { project, idleDaysMax: 10 });
      const inside = await act.member('createAccessKey', { project });
      const outside = await act.member('createAccessKey', {});
      await live(10);
      assert.equal((await stateOf(inside.key)).state, 'inactive');
      assert.equal((await stateOf(outside.key)).state, 'active');
    });

    test('an expiring key is announced once, and anew only when its expiry is changed', async () => {
      await rules({});
      const { key } = await act.member('createAccessKey', { expiresAt: inDays(20) });
      const short = await act.member('createAccessKey', { expiresAt: inDays(2) });
      await live(12);
      assert.equal(await noticeOf(key), null);
      await live(2);
      const { expiresAt } = await stateOf(key);
      assert.deepEqual([(await noticeOf(key))?.kind, (await noticeOf(key))?.expiresAt], ['expiring', expiresAt]);
      await act.member('updateAccessKey', { key, name: 'Renamed' });
      await live(3);
      assert.deepEqual(await actionsAbout(act.member, key), ['createAccessKey', 'noticeAccessKey', 'updateAccessKey']);
      assert.equal((await act.member('updateAccessKey', { key, expiresAt: inDays(9) })).notice, null);
      await live(3);
      assert.equal((await noticeOf(key))?.expiresAt, (await stateOf(key)).expiresAt);
      assert.deepEqual(await actionsAbout(act.member, short.key), ['createAccessKey']);
    });

    test('running it again at the same moment changes nothing', async () => {
      await rules({ idleDaysMax: 5 });
      for (let n = 0; n < 3; n++) await act.member('createAccessKey', { expiresAt: inDays(30) });
      await live(4);
      const stood = await dump(world);
      await Promise.all([runDaily(world.app, world.app.now()), runDaily(world.app, world.app.now())]);
      assert.deepEqual(await dump(world), stood);
    });

    test('more keys than fit on a page are all found, and accounts do not mix', async () => {
      await rules({ idleDaysMax: 10 });
      const foreign = acting(world.app, world.foreign.callers.owner);
      await renewSessions(world.app, world.foreign);
      const theirs = await foreign('createAccessKey', {});
      const whose = { account: world.home.id, owner: world.home.serviceAccount };
      const made = Array.from({ length: 510 }, () => plainKey(whose, { createdAt: world.app.now() }));
      await world.app.store.transact(tx => insertAccessKeys(tx, made));
      await live(10);
      for (const { key } of [made[0], made[509]].filter(one => one !== undefined))
        assert.equal((await stateOf(key)).state, 'inactive');
      const { items } = await act.owner('listAccessKeys', {
        owner: whose.owner,
        state: 'active',
      });
      assert.deepEqual(items, []);
      await renewSessions(world.app, world.foreign);
      assert.equal((await foreign('getAccessKey', { key: theirs.key })).state, 'active');
    });
  });
}
