import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AccessKey, type InputOf, KEY_SORTS } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { DATABASES, makeKey } from '../support/app.ts';
import { type Act, acting, actingAll, refusal } from './acting.ts';
import { makeMember, makeProject, makeWorld, type World } from './world.ts';

type Filter = InputOf<'listAccessKeys'>;

/** Names that sort and match in ways of their own; several keys share a name, a time or nothing. */
const NAMES = [
  'alpha',
  'Alpha',
  'beta 100%',
  'beta 100x',
  'a_b',
  'axb',
  'back\\slash',
  'Äpfel',
  'zeta',
  null,
  null,
  null,
];

for (const kind of DATABASES) {
  describe(`the list of access keys on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    let project: string;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
      project = await makeProject(world.app, world.home.id, 'Shop');
      await fill();
    });
    after(() => world[Symbol.asyncDispose]());

    /** Twelve keys: two made in each moment, every second one used. */
    async function fill(): Promise<void> {
      const { app, home, running } = world;
      const owners = [home.callers.member.owner.id, home.callers.admin.owner.id, home.serviceAccount];
      for (const [at, name] of NAMES.entries()) {
        if (at % 2 === 0) running.clock.at += 1000;
        const tags = at === 8 ? ['Purple'] : [];
        const description = at === 9 ? 'For the NIGHTLY build' : null;
        const fields = { name, tags, description, owner: owners[at % 3], project: at % 4 === 0 ? project : null };
        const { key } = await makeKey(app, home.callers.owner, fields);
        if (at % 2 === 0)
          app.verifier.uses.add(
            key,
            { project: null, address: '192.0.2.9', agent: 'curl' },
            app.now() - (at % 3) * 5000,
          );
      }
      await app.uses.flush();
      await app.uses.flush();
    }

    const list = async (filter: Filter, by: Act = act.owner) =>
      (await by('listAccessKeys', { limit: 100, ...filter })).items;
    const names = async (filter: Filter, by?: Act) => (await list(filter, by)).map(item => item.name);

    /** All pages of a list; `between` runs after each. */
    async function pages(filter: Filter, between: (page: AccessKey[]) => Promise<void> = async () => {}) {
      const seen: AccessKey[] = [];
      let cursor: string | undefined;
      do {
        const page = await act.owner('listAccessKeys', { limit: 5, ...filter, cursor });
        assert.ok(page.items.length <= (filter.limit ?? 5));
        seen.push(...page.items);
        await between(page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return seen.map(item => item.key);
    }

    for (const sort of KEY_SORTS) {
      test(`sorted by ${sort}: in order, the same in pages of any size`, async () => {
        const all = await list({ sort });
        assert.equal(all.length, NAMES.length);
        assertInOrder(all, sort);
        const keys = all.map(item => item.key);
        for (const limit of [1, 2, 5, 12, 13])
          assert.deepEqual(await pages({ sort, limit }), keys, `pages of ${limit}`);
      });

      test(`sorted by ${sort}: rows that come and go hide none that stays`, async () => {
        const { app, home } = world;
        const stays = new Set((await list({ sort })).map(item => item.key));
        const passing: string[] = [];
        const seen = await pages({ sort, limit: 3 }, async page => {
          const gone = passing.pop();
          if (gone !== undefined) await act.owner('deactivateAccessKey', { key: gone });
          if (gone !== undefined) await act.owner('deleteAccessKey', { key: gone });
          const name = page.at(-1)?.name ?? null;
          for (const _ of [1, 2]) passing.push((await makeKey(app, home.callers.owner, { name })).key);
        });
        assert.equal(new Set(seen).size, seen.length, 'one was shown twice');
        assert.deepEqual(seen.filter(key => stays.has(key)).sort(), [...stays].sort());
        for (const { key } of (await list({})).filter(item => !stays.has(item.key))) {
          await act.owner('deactivateAccessKey', { key });
          await act.owner('deleteAccessKey', { key });
        }
      });
    }

    test('the text is found anywhere in name, description, tags and key, whatever its case', async () => {
      const [zeta] = await list({ text: 'zeta' });
      const cases: [text: string, names: (string | null)[]][] = [
        ['ALPHA', ['Alpha', 'alpha']],
        ['äPF', ['Äpfel']],
        ['purple', ['zeta']],
        ['nightly BUILD', [null]],
        [zeta?.key.slice(4, 18).toLowerCase() ?? '', ['zeta']],
        ['', NAMES],
        ['   ', NAMES],
        ['nowhere', []],
      ];
      for (const [text, expected] of cases)
        assert.deepEqual((await names({ text })).sort(), [...expected].sort(), text);
    });

    test('what means something to LIKE means nothing in a text', async () => {
      assert.deepEqual(await names({ text: '100%' }), ['beta 100%']);
      assert.deepEqual(await names({ text: 'a_b' }), ['a_b']);
      assert.deepEqual(await names({ text: 'k\\s' }), ['back\\slash']);
      assert.deepEqual(await names({ text: '\\' }), ['back\\slash']);
      assert.deepEqual(await names({ text: '%' }), ['beta 100%']);
      assert.deepEqual(await names({ text: "'" }), []);
    });

    test('owner and project', async () => {
      const { serviceAccount, callers } = world.home;
      const robots = await list({ owner: serviceAccount });
      assert.equal(robots.length, 4);
      assert.ok(robots.every(item => item.owner.id === serviceAccount));
      const shops = await list({ project });
      assert.equal(shops.length, 3);
      assert.ok(shops.every(item => item.project === project));
      assert.equal((await list({ project, owner: callers.member.owner.id, text: 'alpha' })).length, 1);
    });

    test('unusedSince finds what was not used since then, or never', async () => {
      const all = await list({});
      const never = all.filter(item => item.lastUsed === null).length;
      assert.equal(never, 6);
      const times = all.flatMap(item => item.lastUsed?.at ?? []).sort();
      const [first = '', last = ''] = [times[0], times.at(-1)];
      assert.equal((await list({ unusedSince: first })).length, never);
      const after = new Date(Date.parse(last) + 1).toISOString();
      assert.equal((await list({ unusedSince: after })).length, all.length);
      const older = times.filter(time => time < last).length;
      assert.equal((await list({ unusedSince: last })).length, never + older);
    });

    test('states together are all keys, each once', async () => {
      const { app, home } = world;
      const hour = (hours: number) => new Date(app.now() + hours * 3_600_000).toISOString();
      const drafts = [{ notBefore: hour(1) }, { expiresAt: hour(1) }, { notBefore: hour(0), expiresAt: hour(2) }];
      const act = acting(app, (await makeMember(app, home.id)).caller);
      for (const draft of drafts) await act('createAccessKey', draft);
      const off = await act('createAccessKey', { expiresAt: hour(1) });
      await act('deactivateAccessKey', { key: off.key });
      world.running.clock.at += 3_600_000;
      const found = [];
      for (const state of ['active', 'inactive', 'expired', 'not_yet_valid'] as const) {
        const items = await list({ state }, act);
        assert.ok(items.every(item => item.state === state));
        found.push(items.length);
      }
      assert.deepEqual(found, [2, 1, 1, 0]);
    });

    test('members and viewers see their own keys only, whatever they ask for', async () => {
      const { callers } = world.home;
      const own = await list({}, act.member);
      assert.equal(own.length, 4);
      assert.ok(own.every(item => item.owner.id === callers.member.owner.id));
      assert.deepEqual(await list({}, act.viewer), []);
      assert.deepEqual(await list({ owner: callers.admin.owner.id }, act.member), []);
      assert.equal((await list({ owner: callers.member.owner.id }, act.member)).length, 4);
    });

    test('a cursor that is none of this list is refused', async () => {
      const { nextCursor } = await act.owner('listAccessKeys', { sort: 'name', limit: 1 });
      const texts = ['x', '!', 'W10', Buffer.from('[{},1]').toString('base64url'), 'a'.repeat(600)];
      for (const cursor of texts) await refusal(act.owner('listAccessKeys', { cursor }), 'invalid_value', 'cursor');
      const other = act.owner('listAccessKeys', { sort: 'createdAt', cursor: nextCursor ?? '' });
      await refusal(other, 'invalid_value', 'cursor');
    });
  });
}

/** Each sort has its own measure: what has no name comes after all that have one, what was never used before all that were. */
function assertInOrder(items: AccessKey[], sort: (typeof KEY_SORTS)[number]): void {
  const descending = sort.startsWith('-');
  const measures = items.map(item => {
    if (sort.endsWith('name')) return item.name?.toLowerCase() ?? '\uffff';
    return sort.endsWith('createdAt') ? item.createdAt : (item.lastUsed?.at ?? '');
  });
  for (const [at, b] of measures.slice(1).entries()) {
    const a = measures[at] ?? '';
    assert.ok(descending ? a >= b : a <= b, `${at}: ${a}, ${b}`);
  }
}
