import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  getMembers,
  getProjects,
  getServiceAccounts,
  latestEventsOf,
  listProjectIds,
  newestKeysOf,
} from '@keywright/store';
import {
  AT,
  change,
  DATABASES,
  makeAccount,
  makeKey,
  makeMember,
  makeProject,
  openedForSuite,
  plainEvent,
} from './stores.ts';

for (const name of DATABASES) {
  describe(`many at once by their ids on ${name}`, () => {
    const opened = openedForSuite(name);

    test('members, service accounts and projects come from their own account only', async () => {
      const { store } = opened;
      const [mine, other] = [await makeAccount(store), await makeAccount(store)];
      const member = await makeMember(store, mine.account);
      const foreign = await makeMember(store, other.account);
      const [project, elsewhere] = [await makeProject(store, mine.account), await makeProject(store, other.account)];
      await makeKey(store, mine, { project });
      await makeKey(store, { account: mine.account, owner: member.id });
      const all = [member.id, foreign.id, mine.owner, other.owner, project, elsewhere, 'mem_none'];
      const found = async (get: typeof getMembers | typeof getServiceAccounts | typeof getProjects) =>
        (await get(store.db, mine.account, all)).map(({ id, keys }) => [id, keys]);
      assert.deepEqual(await found(getMembers), [[member.id, 1]]);
      assert.deepEqual(await found(getServiceAccounts), [[mine.owner, 1]]);
      assert.deepEqual(await found(getProjects), [[project, 1]]);
      assert.deepEqual((await getMembers(store.db, mine.account, [member.id]))[0]?.email, member.email);
      assert.deepEqual((await getServiceAccounts(store.db, mine.account, [mine.owner]))[0]?.name, 'Robot');
      assert.deepEqual((await getProjects(store.db, mine.account, [project]))[0]?.name, 'Web');
      assert.deepEqual(await listProjectIds(store.db, mine.account), [project]);
    });

    test('the newest keys of each owner and project, up to the limit for each, in the scope only', async () => {
      const { store } = opened;
      const [mine, other] = [await makeAccount(store), await makeAccount(store)];
      const { account } = mine;
      const ada = { account, owner: (await makeMember(store, account)).id };
      const project = await makeProject(store, account);
      const made = [];
      for (const n of [0, 1, 2]) made.push((await makeKey(store, mine, { createdAt: AT + n, project })).key);
      const ofAda = await makeKey(store, ada);
      await makeKey(store, other);
      const newest = async (column: 'owner_id' | 'project_id', ids: string[], scope: { owner?: string } = {}) =>
        (await newestKeysOf(store.db, { account, owner: undefined, ...scope }, column, ids, 2)).map(({ key }) => key);
      const latest = [made[2], made[1]];
      assert.deepEqual(await newest('owner_id', [mine.owner]), latest);
      const ofAll = await newest('owner_id', [mine.owner, ada.owner, other.owner]);
      assert.deepEqual(new Set(ofAll), new Set([...latest, ofAda.key]));
      assert.deepEqual(await newest('owner_id', [mine.owner, ada.owner], { owner: ada.owner }), [ofAda.key]);
      assert.deepEqual(await newest('project_id', [project, 'prj_none']), latest);
      assert.deepEqual(await newest('owner_id', []), []);
    });

    test('the latest events of each target, of the account and of what is own', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      const on = (id: string, more = {}) =>
        plainEvent(account, { target: { kind: 'access_key', id, name: null }, ...more });
      const bob = { actor: { kind: 'member', id: 'mem_bob', name: 'Bob' }, owner: 'mem_bob' };
      const events = await change(store, on('KWA'), on('KWA'), on('KWA'), on('KWB', bob), on('KWC'));
      await change(store, on('KWA', { account: other.account }));
      const latest = async (targets: string[], own?: string) => {
        const found = await latestEventsOf(store.db, account, targets, { limit: 2, ...(own && { own }) });
        return found.map(({ id }) => id).sort((a, b) => b - a);
      };
      const [, second, third, fourth] = events.map(({ id }) => id);
      assert.deepEqual(await latest(['KWA']), [third, second]);
      assert.deepEqual(await latest(['KWA', 'KWB', 'KWX']), [fourth, third, second]);
      assert.deepEqual(await latest(['KWA', 'KWB'], 'mem_bob'), [fourth]);
      assert.deepEqual(await latest([]), []);
    });
  });
}
