import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { newId } from '@keywright/core';
import {
  accountNames,
  accountOfOwner,
  administratorEmails,
  countReachedAccounts,
  getAccount,
  type Home,
  insertAccount,
  isSetUp,
  listReachedAccounts,
  managerOf,
  managersOf,
  membershipsOf,
  type Store,
  updateAccount,
  updateOwner,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, makeMember, openedForSuite } from './stores.ts';

for (const name of DATABASES) {
  describe(`accounts that manage accounts on ${name}`, () => {
    const opened = openedForSuite(name);

    test('a server is set up when the first person is there, not by an account or an invitation', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      await makeMember(store, account, { person: null });
      assert.equal(await isSetUp(store.db), false);
      await makeMember(store, account);
      assert.equal(await isSetUp(store.db), true);
    });

    test('the managers of an account are told from the nearest to the top', async () => {
      const { store } = opened;
      const [top, second, third, last] = await makeChain(store);
      assert.deepEqual(await managersOf(store.db, last), [third, second, top]);
      assert.deepEqual(await managersOf(store.db, second), [top]);
      assert.deepEqual(await managersOf(store.db, top), []);
      assert.deepEqual(await managersOf(store.db, 'acc_none'), []);
      assert.deepEqual((await getAccount(store.db, second)).managedBy, { id: top, name: 'Top' });
      assert.deepEqual(managerOf({ managed_by: top, manager_name: 'Top' }), { id: top, name: 'Top' });
      assert.equal(managerOf({ managed_by: null, manager_name: null }), null);
    });

    test('names are found for the ids that are there', async () => {
      const { store } = opened;
      const [top, second] = await makeChain(store);
      const names = await accountNames(store.db, [second, 'acc_none', top]);
      assert.deepEqual([names.size, names.get(top), names.get(second)], [2, 'Top', 'Second']);
      assert.equal((await accountNames(store.db, [])).size, 0);
    });

    test('who manages reaches all that is below, with its depth, and nothing beside or above', async () => {
      const { store } = opened;
      const [top, second, third, last] = await makeChain(store);
      await makeChain(store);
      const reached = (...homes: Home[]) => depths(store, homes);
      assert.deepEqual(await reached({ account: top, manages: true }), {
        [top]: null,
        [second]: 1,
        [third]: 2,
        [last]: 3,
      });
      assert.deepEqual(await reached({ account: third, manages: true }), { [third]: null, [last]: 1 });
      assert.deepEqual(await reached({ account: top, manages: false }), { [top]: null });
      assert.equal(await countReachedAccounts(store.db, [{ account: top, manages: true }]), 4);
      assert.equal(await countReachedAccounts(store.db, [{ account: third, manages: true }]), 2);
      // Each once, from the nearest home that manages.
      const both = await reached({ account: top, manages: true }, { account: third, manages: true });
      assert.deepEqual(both, { [top]: null, [second]: 1, [third]: 2, [last]: 1 });
      const member = await reached({ account: second, manages: false }, { account: third, manages: true });
      assert.deepEqual(member, { [second]: null, [third]: null, [last]: 1 });
    });

    test('what is reached is sorted, searched and paged', async () => {
      const { store } = opened;
      const [top, second, third, last] = await makeChain(store);
      const homes = [{ account: top, manages: true }];
      const list = async (filter: object) => {
        const page = await listReachedAccounts(store.db, homes, { sort: 'createdAt', limit: 10, ...filter });
        return [page.items.map(({ id }) => id), page.nextCursor] as const;
      };
      assert.deepEqual(await list({}), [[top, second, third, last], null]);
      assert.deepEqual(await list({ sort: '-name' }), [[top, third, second, last], null]);
      assert.deepEqual(await list({ text: 'SECO' }), [[second], null]);
      const [first, cursor] = await list({ limit: 3 });
      assert.deepEqual(first, [top, second, third]);
      assert.deepEqual(await list({ limit: 3, cursor }), [[last], null]);
    });

    test('a person acts where they are an active member of an active account, the oldest first', async () => {
      const { store } = opened;
      const person = newId('per', randomBytes);
      const accounts = await Promise.all([1, 2, 3, 4].map(async () => (await makeAccount(store)).account));
      const [younger = '', older = '', left = '', closed = ''] = accounts;
      const second = await makeMember(store, younger, { person, createdAt: AT + 1, role: 'admin' });
      const first = await makeMember(store, older, { person });
      const gone = await makeMember(store, left, { person });
      await makeMember(store, closed, { person });
      await makeMember(store, older);
      await store.transact(async tx => {
        await updateOwner(tx, gone.id, { active: false });
        await updateAccount(tx, closed, { active: false });
      });
      const memberships = await membershipsOf(store.db, person);
      assert.deepEqual(
        memberships.map(membership => ({ ...membership })),
        [
          { account: older, member: first.id, name: 'Ada', role: 'member' },
          { account: younger, member: second.id, name: 'Ada', role: 'admin' },
        ],
      );
      assert.deepEqual(await membershipsOf(store.db, 'per_nobody'), []);
    });

    test('the account of an owner is known, and of nobody none', async () => {
      const { store } = opened;
      const { account, owner } = await makeAccount(store);
      assert.equal(await accountOfOwner(store.db, owner), account);
      assert.equal(await accountOfOwner(store.db, 'mem_nobody'), undefined);
    });

    test('mail for administrators goes to active ones of the account, the longest in it first', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      const admin = await makeMember(store, account, { role: 'admin', createdAt: AT + 1 });
      const owner = await makeMember(store, account, { role: 'owner' });
      const gone = await makeMember(store, account, { role: 'owner' });
      await store.transact(tx => updateOwner(tx, gone.id, { active: false }));
      await makeMember(store, account, { role: 'admin', person: null });
      await makeMember(store, account);
      await makeMember(store, other.account, { role: 'owner' });
      assert.deepEqual(await administratorEmails(store.db, account, 10), [owner.email, admin.email]);
      assert.deepEqual(await administratorEmails(store.db, account, 1), [owner.email]);
    });
  });
}

/** Four accounts, each managed by the one before. */
async function makeChain(store: Store): Promise<[string, string, string, string]> {
  const ids = [newId('acc', randomBytes), newId('acc', randomBytes), newId('acc', randomBytes)] as const;
  const last = newId('acc', randomBytes);
  const [top, second, third] = ids;
  await store.transact(async tx => {
    await insertAccount(tx, { id: top, name: 'Top', createdAt: AT });
    await insertAccount(tx, { id: second, name: 'Second', createdAt: AT + 1, managedBy: top });
    await insertAccount(tx, { id: third, name: 'Third', createdAt: AT + 2, managedBy: second });
    await insertAccount(tx, { id: last, name: 'Last', createdAt: AT + 3, managedBy: third });
  });
  return [top, second, third, last];
}

async function depths(store: Store, homes: Home[]): Promise<Record<string, number | null>> {
  const { items } = await listReachedAccounts(store.db, homes, { sort: 'name', limit: 100 });
  assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
  return Object.fromEntries(items.map(({ id, managedDepth }) => [id, managedDepth]));
}
