import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { DEFAULT_KEY_POLICY, NO_USE_LIMITS, newId } from '@keywright/core';
import {
  acceptInvitation,
  countActiveOwners,
  deleteOwner,
  findInvitation,
  findKeyRules,
  findMemberByEmail,
  findOwner,
  findTopAccount,
  getAccount,
  getMember,
  getServiceAccount,
  insertAccount,
  insertMember,
  insertOwner,
  insertServiceAccount,
  listMembers,
  listServiceAccounts,
  type NewMember,
  type Store,
  searchText,
  updateAccount,
  updateKeyRules,
  updateOwner,
  updateServiceAccount,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, makeKey, NASTY_TEXTS, openedForSuite } from './stores.ts';

for (const name of DATABASES) {
  describe(`accounts on ${name}`, () => {
    const opened = openedForSuite(name);

    test('there is none at first, then there is one', async () => {
      const { store } = opened;
      assert.equal(await findTopAccount(store.db), undefined);
      const { account } = await makeAccount(store);
      assert.equal(await findTopAccount(store.db), account);
    });

    test('name and key policy come back as they were given', async () => {
      const { store } = opened;
      for (const text of NASTY_TEXTS) {
        const id = newId('acc', randomBytes);
        await store.transact(tx => insertAccount(tx, { id, name: text, createdAt: AT }));
        const account = { id, name: text, active: true, createdAt: AT, managedBy: null, ...NO_USE_LIMITS };
        assert.deepEqual(await getAccount(store.db, id), account);
        const keyPolicy = { ...DEFAULT_KEY_POLICY, keysPerOwnerMax: 2, tokenPrefix: 'acme' };
        assert.deepEqual((await findKeyRules(store.db, id, null))?.policy, DEFAULT_KEY_POLICY);
        await store.transact(tx => updateKeyRules(tx, { account: id, project: undefined }, keyPolicy, null));
        await store.transact(tx => updateAccount(tx, id, { name: `${text}!` }));
        assert.deepEqual(await getAccount(store.db, id), { ...account, name: `${text}!` });
        assert.deepEqual((await findKeyRules(store.db, id, null))?.policy, keyPolicy);
      }
    });

    test('a rule that is younger than the account has its default', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const old = JSON.stringify({ nameRequired: true });
      await store.transact(tx =>
        tx.updateTable('accounts').set({ key_policy: old }).where('id', '=', account).execute(),
      );
      assert.deepEqual((await findKeyRules(store.db, account, null))?.policy, {
        ...DEFAULT_KEY_POLICY,
        nameRequired: true,
      });
    });
  });

  describe(`owners on ${name}`, () => {
    const opened = openedForSuite(name);

    test('each comes back in its own account only', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      for (const text of NASTY_TEXTS) {
        const owner = {
          id: newId('sva', randomBytes),
          kind: 'service_account',
          name: text,
          role: 'admin',
          active: true,
        } as const;
        await store.transact(tx => insertOwner(tx, { ...owner, account, createdAt: AT }));
        assert.deepEqual(await findOwner(store.db, account, owner.id), owner);
        assert.equal(await findOwner(store.db, other.account, owner.id), undefined);
      }
    });

    test('what is not said to change stays', async () => {
      const { store } = opened;
      const { account, owner } = await makeAccount(store);
      const changed = async (change: Parameters<typeof updateOwner>[2]) => {
        await store.transact(tx => updateOwner(tx, owner, change));
        const { name, role, active } = (await findOwner(store.db, account, owner)) ?? {};
        return { name, role, active };
      };
      assert.deepEqual(await changed({ active: false }), { name: 'Robot', role: 'member', active: false });
      assert.deepEqual(await changed({ role: 'viewer' }), { name: 'Robot', role: 'viewer', active: false });
      assert.deepEqual(await changed({ name: '機械' }), { name: '機械', role: 'viewer', active: false });
    });

    test('one that has keys can not be removed; without them all of it goes', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { key } = await makeKey(store, whose);
      const remove = () => store.transact(tx => deleteOwner(tx, whose.owner));
      await assert.rejects(remove(), /foreign key/i);
      await store.transact(tx => tx.deleteFrom('access_keys').where('key', '=', key).execute());
      await remove();
      assert.equal(await findOwner(store.db, whose.account, whose.owner), undefined);
      assert.equal(await getServiceAccount(store.db, whose.account, whose.owner), undefined);
    });

    test('the text of a search is in lower case, and what is empty is left out', () => {
      assert.equal(searchText('Ada', null, undefined, 'X@Y'), 'ada\n\n\nx@y');
    });
  });

  describe(`service accounts on ${name}`, () => {
    const opened = openedForSuite(name);

    test('are made, changed and counted with their keys', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const id = newId('sva', randomBytes);
      const one = { id, name: 'Deploy 🚀', description: "O'Brien's", role: 'admin', createdAt: AT } as const;
      await store.transact(tx => insertServiceAccount(tx, { ...one, account }));
      await makeKey(store, { account, owner: id });
      const expected = { ...one, active: true, keys: 1, ...NO_USE_LIMITS };
      assert.deepEqual(await getServiceAccount(store.db, account, id), expected);
      const limits = { rateLimits: [{ name: 'steady', max: 5, perSeconds: 1, burst: 9 }], quotas: [] };
      const change = { name: 'Release', description: null, role: 'viewer', ...limits } as const;
      await store.transact(tx => updateServiceAccount(tx, id, change));
      assert.deepEqual(await getServiceAccount(store.db, account, id), { ...expected, ...change });
      const found = async (text: string) => {
        const page = await listServiceAccounts(store.db, account, { text, sort: 'name', limit: 10 });
        return page.items.map(item => item.name);
      };
      assert.deepEqual(await found('brien'), []);
      assert.deepEqual(await found('RELEASE'), ['Release']);
    });

    test('are unknown in another account, and no members', async () => {
      const { store } = opened;
      const [mine, other] = [await makeAccount(store), await makeAccount(store)];
      assert.equal(await getServiceAccount(store.db, other.account, mine.owner), undefined);
      assert.equal(await getMember(store.db, mine.account, mine.owner), undefined);
      const list = await listServiceAccounts(store.db, mine.account, { sort: 'createdAt', limit: 10 });
      assert.deepEqual(
        list.items.map(item => item.id),
        [mine.owner],
      );
      assert.deepEqual((await listMembers(store.db, mine.account, { sort: 'name', limit: 10 })).items, []);
    });
  });

  describe(`members on ${name}`, () => {
    const opened = openedForSuite(name);

    test('come back as they were given, with their keys counted', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      for (const text of NASTY_TEXTS) {
        const member = await makeMember(store, account, { name: text });
        await makeKey(store, { account, owner: member.id });
        const expected = { ...member, account, state: 'active', keys: 1, ...NO_USE_LIMITS };
        assert.deepEqual(await getMember(store.db, account, member.id), expected);
        assert.deepEqual(await findMemberByEmail(store.db, account, member.email), expected);
      }
    });

    test('are unknown in another account', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      const member = await makeMember(store, account);
      assert.equal(await getMember(store.db, other.account, member.id), undefined);
      assert.equal(await findMemberByEmail(store.db, other.account, member.email), undefined);
    });

    test('an e-mail address is once in an account, and may be in several', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      const { email } = await makeMember(store, account);
      await assert.rejects(makeMember(store, account, { email }), /unique/i);
      await makeMember(store, other.account, { email });
    });

    test('an invitation is found by its digest until it expires or is accepted', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const digest = new Uint8Array(randomBytes(32));
      const { id } = await makeMember(store, account, { person: null, invitation: { digest, expiresAt: AT + 1 } });
      assert.equal((await findInvitation(store.db, digest, AT))?.id, id);
      assert.equal((await findInvitation(store.db, digest, AT))?.state, 'invited');
      assert.equal(await findInvitation(store.db, digest, AT + 1), undefined);
      assert.equal(await findInvitation(store.db, new Uint8Array(32), AT), undefined);
      await store.transact(async tx => {
        await acceptInvitation(tx, id, 'per_ada');
        await updateOwner(tx, id, { active: true });
      });
      assert.equal(await findInvitation(store.db, digest, AT), undefined);
      const member = await getMember(store.db, account, id);
      assert.deepEqual([member?.person, member?.state], ['per_ada', 'active']);
    });

    test('only active owners count, of that account', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      assert.equal(await countActiveOwners(store.db, account), 0);
      const [first] = [await makeMember(store, account, { role: 'owner' }), await makeMember(store, account)];
      await makeMember(store, account, { role: 'owner', person: null });
      await makeMember(store, other.account, { role: 'owner' });
      assert.equal(await countActiveOwners(store.db, account), 1);
      await store.transact(tx => updateOwner(tx, first.id, { active: false }));
      assert.equal(await countActiveOwners(store.db, account), 0);
    });

    test('the filters by role and state', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const active = await makeMember(store, account, { role: 'admin' });
      const invited = await makeMember(store, account, { person: null });
      const inactive = await makeMember(store, account);
      await store.transact(tx => updateOwner(tx, inactive.id, { active: false }));
      const list = async (filter: object) => {
        const page = await listMembers(store.db, account, { sort: 'name', limit: 10, ...filter });
        return page.items.map(member => member.id);
      };
      assert.deepEqual(await list({ state: 'active' }), [active.id]);
      assert.deepEqual(await list({ state: 'invited' }), [invited.id]);
      assert.deepEqual(await list({ state: 'inactive' }), [inactive.id]);
      assert.deepEqual(await list({ role: 'admin' }), [active.id]);
      assert.deepEqual(await list({ role: 'owner' }), []);
      assert.equal((await list({})).length, 3);
    });
  });
}

async function makeMember(store: Store, account: string, more: Partial<NewMember> = {}) {
  const id = newId('mem', randomBytes);
  const plain = { id, person: newId('per', randomBytes), name: 'Ada', email: `${id}@acme.example`, createdAt: AT };
  const { invitation, ...member } = { ...plain, role: 'member' as const, ...more };
  await store.transact(tx => insertMember(tx, { ...member, account, invitation }));
  return member;
}
