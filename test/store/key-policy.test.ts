import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_KEY_POLICY } from '@keywright/core';
import { FROM_THE_FIRST, governedKeys, ownersById, ownersInRoles, readPolicy, updateOwner } from '@keywright/store';
import { AT, DATABASES, makeAccount, makeKey, makeMember, makeProject, openedForSuite } from './stores.ts';

test('a stored policy has the default of each rule that it does not name', () => {
  assert.deepEqual(readPolicy('{}'), DEFAULT_KEY_POLICY);
  assert.deepEqual(readPolicy('{"keysPerOwnerMax":2}'), { ...DEFAULT_KEY_POLICY, keysPerOwnerMax: 2 });
});

for (const name of DATABASES) {
  describe(`whom a key policy touches on ${name}`, () => {
    const opened = openedForSuite(name);

    test('the keys of the account or the project, oldest first, page by page', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { account } = whose;
      const project = await makeProject(store, account);
      await makeKey(store, await makeAccount(store));
      const made: string[] = [];
      for (const n of [0, 1, 2]) made.push((await makeKey(store, whose, { createdAt: AT + n })).key);
      const more = { project, createdAt: AT + 3, name: 'deploy', expiresAt: AT + 9, networks: ['192.0.2.0/24'] };
      const { key } = await makeKey(store, whose, { ...more, enabled: false, permission: 'read_only' });
      const page = (after = FROM_THE_FIRST, limit = 9) =>
        governedKeys(store.db, { account, project: undefined }, after, limit);
      assert.deepEqual(
        (await page()).map(row => row.key),
        [...made, key],
      );
      assert.deepEqual(
        (await page(FROM_THE_FIRST, 2)).map(row => row.key),
        made.slice(0, 2),
      );
      assert.deepEqual(
        (await page({ at: AT + 1, key: made[1] ?? '' })).map(row => row.key),
        [made[2], key],
      );
      assert.deepEqual(await governedKeys(store.db, { account, project }, FROM_THE_FIRST, 9), [
        {
          key,
          name: 'deploy',
          owner: whose.owner,
          enabled: false,
          permission: 'read_only',
          networks: ['192.0.2.0/24'],
          createdAt: AT + 3,
          expiresAt: AT + 9,
          lastUsedAt: null,
        },
      ]);
    });

    test('owners are found by their ids in their own account only', async () => {
      const { store } = opened;
      const [mine, other] = [await makeAccount(store), await makeAccount(store)];
      const found = await ownersById(store.db, mine.account, [mine.owner, other.owner, 'mem_none']);
      const robot = { kind: 'service_account', id: mine.owner, name: 'Robot', role: 'member' };
      assert.deepEqual(
        [...found.values()].map(owner => ({ ...owner })),
        [robot],
      );
      assert.equal((await ownersById(store.db, mine.account, [])).size, 0);
    });

    test('active owners of a role are counted, and the first of them told by name', async () => {
      const { store } = opened;
      const [{ account, owner: robot }, other] = [await makeAccount(store), await makeAccount(store)];
      const bob = await makeMember(store, account, { name: 'bob' });
      const ada = await makeMember(store, account, { name: 'Ada' });
      await makeMember(store, account, { role: 'viewer' });
      const gone = await makeMember(store, account);
      await store.transact(tx => updateOwner(tx, gone.id, { active: false }));
      await makeMember(store, other.account);
      const inRoles = async (limit: number) => {
        const { count, first } = await ownersInRoles(store.db, account, ['member', 'admin'], limit);
        return [count, first.map(({ id }) => id)];
      };
      assert.deepEqual(await inRoles(9), [3, [ada.id, bob.id, robot]]);
      assert.deepEqual(await inRoles(1), [3, [ada.id]]);
    });
  });
}
