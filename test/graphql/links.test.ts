import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Caller, run } from '@keywright/server';
import type { KyselyPlugin } from 'kysely';
import { FOREIGN_NAME, makeProject, makeWorld, type World } from '../operations/world.ts';
import { callOf, DATABASES, makeKey } from '../support/app.ts';
import { codesOf, dataOf, graphql } from './ask.ts';

/** From noun to noun: in batches, and never farther than the operation that the link stands for. */
const LINKED = `query ($limit: Int) { accessKeys(limit: $limit) { items { key projectId project { id name }
  owner { id member { id email accessKeys(limit: 3) { key } } serviceAccount { id name accessKeys { key } } }
  creator { member { id } } lastEvents(limit: 2) { action actor { member { id } } } } } }`;

interface LinkedOwner {
  id: string;
  accessKeys: unknown[];
}

/** What LINKED asks for; a link that may not be followed is null. */
interface Linked {
  accessKeys: {
    items: {
      owner: { id: string; member: LinkedOwner | null; serviceAccount: LinkedOwner | null };
      creator: { member: { id: string } | null };
      project: { id: string } | null;
      projectId: string | null;
      lastEvents: { action: string }[] | null;
    }[];
  };
}

interface OfMember {
  getMember: { accessKeys: { key: string }[] | null };
}

interface OfMembers {
  listMembers: { items: { id: string; accessKeys: { owner: { id: string } }[] }[] };
}

for (const database of DATABASES) {
  describe(`links on ${database}`, () => {
    let world: World;
    let token: string;
    let queries = 0;
    before(async () => {
      world = await makeWorld(database);
      const { app, home } = world;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        // Once for each statement that has run.
        transformResult: async ({ result }) => {
          queries++;
          return result;
        },
      };
      app.store = { ...app.store, db: app.store.db.withPlugin(counting) };
      token = (await makeKey(app, home.callers.owner, { name: 'Caller' })).token;
      for (let n = 0; n < 12; n++) {
        const project = n % 2 === 0 ? await makeProject(app, home.id, `Project ${n}`) : undefined;
        const owner = n % 3 === 0 ? home.serviceAccount : home.callers[n % 3 === 1 ? 'admin' : 'member'].owner.id;
        await makeKey(app, home.callers.owner, { name: `Key ${n}`, owner, project });
      }
      await makeKey(app, world.foreign.callers.owner, { name: FOREIGN_NAME });
    });
    after(() => world[Symbol.asyncDispose]());

    async function tokenOf(role: 'admin' | 'member' | 'viewer', input = {}): Promise<string> {
      const { callers } = world.home;
      return (await makeKey(world.app, callers.owner, { owner: callers[role].owner.id, ...input })).token;
    }

    test('the number of queries does not grow with the number of rows', async () => {
      const counts: number[] = [];
      // Among six there is each kind of owner already.
      for (const limit of [6, 12]) {
        queries = 0;
        const { accessKeys } = await dataOf<Linked>(world.running.url, LINKED, { token, variables: { limit } });
        assert.equal(accessKeys.items.length, limit);
        counts.push(queries);
      }
      const [few = 0, many = 0] = counts;
      assert.ok(many <= few + 2 && many <= 12, `${counts}`);
    });

    test('each leads to what it names', async () => {
      const { accessKeys } = await dataOf<Linked>(world.running.url, LINKED, { token, variables: { limit: 12 } });
      for (const item of accessKeys.items) {
        assert.equal(item.project?.id ?? null, item.projectId);
        const owner = item.owner.member ?? item.owner.serviceAccount;
        assert.equal(owner?.id, item.owner.id);
        assert.ok(item.owner.member === null || item.owner.member.accessKeys.length <= 3);
        assert.deepEqual(item.creator.member, { id: world.home.callers.owner.owner.id });
        assert.deepEqual(
          item.lastEvents?.map(event => event.action),
          ['createAccessKey'],
        );
      }
      assert.ok(accessKeys.items.some(item => item.project !== null));
    });

    test('a list is newest first, as long as its limit, and the same as the operation gives', async () => {
      const caller = world.home.callers.owner;
      const member = world.home.callers.admin.owner.id;
      const { items } = await run(world.app, 'listAccessKeys', { owner: member, limit: 2 }, callOf(caller));
      const asked = `{ getMember(member: "${member}") { accessKeys(limit: 2) { key } } }`;
      const { getMember } = await dataOf<OfMember>(world.running.url, asked, { token });
      assert.deepEqual(
        getMember.accessKeys,
        items.map(({ key }) => ({ key })),
      );
      for (const limit of [0, -1, 101]) {
        const answer = await graphql<OfMember>(world.running.url, asked.replace('limit: 2', `limit: ${limit}`), {
          token,
        });
        assert.deepEqual(codesOf(answer), ['invalid_value']);
        assert.equal(answer.data.getMember.accessKeys, null);
      }
    });

    test('a member sees through a link what the operation shows: own keys, and events about them', async () => {
      const own = await tokenOf('member');
      const document = '{ listMembers { items { id role accessKeys { key owner { id } lastEvents { action } } } } }';
      const { listMembers } = await dataOf<OfMembers>(world.running.url, document, { token: own });
      const { member } = world.home.callers;
      for (const { id, accessKeys } of listMembers.items) {
        assert.equal(accessKeys.length > 0, id === member.owner.id);
        for (const key of accessKeys) assert.deepEqual(key.owner, { id: member.owner.id });
      }
    });

    test('a restricted key follows only the links whose endpoints it has', async () => {
      const grants = { keywright: ['GET /v1/access-keys'] };
      const narrow = await tokenOf('admin', { permission: 'restricted', grants });
      const asked = await graphql<Linked>(world.running.url, LINKED, { token: narrow, variables: { limit: 12 } });
      assert.equal(asked.data.accessKeys.items.length, 12);
      assert.deepEqual([...new Set(codesOf(asked))], ['permission_denied']);
      for (const item of asked.data.accessKeys.items) {
        assert.deepEqual([item.owner.member, item.owner.serviceAccount, item.lastEvents], [null, null, null]);
        assert.equal(item.project, null);
      }
      const denied = await graphql(world.running.url, '{ listMembers { items { id } } }', { token: narrow });
      assert.deepEqual([denied.data, codesOf(denied)], [{ listMembers: null }, ['permission_denied']]);
    });

    test('nothing foreign is reached', async () => {
      const { accessKeys } = await dataOf<Linked>(world.running.url, LINKED, { token, variables: { limit: 100 } });
      assert.ok(!JSON.stringify(accessKeys).includes(FOREIGN_NAME));
      const elsewhere: Caller = world.foreign.callers.owner;
      const other = (await makeKey(world.app, elsewhere)).token;
      const seen = JSON.stringify(await dataOf(world.running.url, LINKED, { token: other, variables: { limit: 100 } }));
      assert.ok(!seen.includes(world.home.serviceAccount) && !seen.includes(world.home.callers.owner.owner.id));
    });
  });
}
