import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { keyState, NO_USE_LIMITS, newId, newKeyId, parseNetwork } from '@keywright/core';
import {
  countKeysOf,
  deleteAccessKey,
  getAccessKey,
  getOwnerLimits,
  insertAccessKeys,
  insertProject,
  insertServiceAccount,
  keysOfOwner,
  listAccessKeys,
  listKeyIds,
  type NewKey,
  type StoredKey,
  updateAccessKey,
  updateAccount,
  updateOwner,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, makeKey, NASTY_TEXTS, openedForSuite, plainKey } from './stores.ts';

/** How the store gives back a key that it was given. */
function stored({ digest: _, ...key }: NewKey): StoredKey {
  return {
    ...key,
    owner: { kind: 'service_account', id: key.owner, name: 'Robot' },
    archived: false,
    notices: [],
    lastUsed: null,
  };
}

for (const name of DATABASES) {
  describe(`access keys on ${name}`, () => {
    const opened = openedForSuite(name);

    test('every field comes back as it was given', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const project = newId('prj', randomBytes);
      await store.transact(tx =>
        insertProject(tx, { id: project, account: whose.account, name: 'Web', description: 'shop', createdAt: AT }),
      );
      const full = plainKey(whose, {
        project,
        name: 'deploy',
        description: 'for the pipeline',
        permission: 'read_only',
        creator: { kind: 'access_key', id: 'KWAAAAAAAAAAAAAAAAAA', name: null },
        legacy: true,
        enabled: false,
        expiresAt: 253_402_300_799_999, // the end of the year 9999
        notBefore: 0,
        networks: ['192.0.2.0/24', '2001:db8::/32'],
        tags: ['production', 'blue'],
      });
      const plain = plainKey(whose);
      await store.transact(tx => insertAccessKeys(tx, [full, plain]));
      const scope = { account: whose.account, owner: undefined };
      assert.deepEqual(await getAccessKey(store.db, scope, full.key), stored(full));
      assert.deepEqual(await getAccessKey(store.db, scope, plain.key), stored(plain));
      assert.equal(await countKeysOf(store.db, whose.owner), 2);
    });

    test('texts of every kind come back as they were given', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const texts = [...NASTY_TEXTS, '', '🗝️'.repeat(20_000), hardToCompress(5000)];
      for (const text of texts) {
        const key = await makeKey(store, whose, {
          name: text.slice(0, 100).toWellFormed(),
          description: text,
          tags: [text, text],
        });
        const found = await getAccessKey(store.db, { account: whose.account, owner: whose.owner }, key.key);
        assert.deepEqual(found, stored(key));
      }
    });

    test('a change replaces what can be changed, of that key only', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [key, other] = [await makeKey(store, whose, { name: 'old' }), await makeKey(store, whose, { name: 'old' })];
      const change = { ...key, name: 'new', tags: ['x'], networks: ['::1/128'], enabled: false, expiresAt: AT + 1 };
      // What identifies a key stays, even when a change brings it along.
      const cheating = { ...change, account: 'acc_other', owner: 'sva_other', createdAt: 1, legacy: true };
      await store.transact(tx => updateAccessKey(tx, key.key, cheating));
      const scope = { account: whose.account, owner: undefined };
      assert.deepEqual(await getAccessKey(store.db, scope, key.key), stored(change));
      assert.deepEqual(await getAccessKey(store.db, scope, other.key), stored(other));
      assert.deepEqual(await namesFound(whose.account, 'new'), ['new']);
      assert.deepEqual(await namesFound(whose.account, 'old'), ['old']);
    });

    async function namesFound(account: string, text: string): Promise<(string | null)[]> {
      const filter = { text, sort: 'name', limit: 100 };
      const { items } = await listAccessKeys(opened.store.db, { account, owner: undefined }, filter, AT);
      return items.map(key => key.name);
    }

    test('a deleted key is gone with its uses, and no other', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [key, other] = [await makeKey(store, whose), await makeKey(store, whose)];
      const uses = [key, other].map(({ key }) => ({ key, at: AT, address: null, agent: null, api: null, count: 1 }));
      await store.uses.writeUses(uses);
      await store.transact(tx => deleteAccessKey(tx, key.key));
      assert.equal(await store.findFacts(key.key), undefined);
      assert.deepEqual(await ids(keysOfOwner(store.db, whose.account, whose.owner)), [other.key]);
      const left = store.db.selectFrom('last_uses').select('key').where('key', 'in', [key.key, other.key]);
      assert.deepEqual(
        (await left.execute()).map(row => row.key),
        [other.key],
      );
    });

    test('nobody reaches keys of another account, or outside their own', async () => {
      const { store } = opened;
      const mine = await makeAccount(store);
      const theirs = await makeAccount(store);
      const second = { account: mine.account, owner: newId('sva', randomBytes) };
      const robot = { id: second.owner, name: 'Second', description: null, role: 'member', createdAt: AT } as const;
      await store.transact(tx => insertServiceAccount(tx, { ...robot, account: mine.account }));
      const [own, seconds] = [await makeKey(store, mine), await makeKey(store, second)];
      await makeKey(store, theirs);
      const list = (owner: string | undefined, filter = {}) => {
        const all = { sort: 'createdAt', limit: 100, ...filter };
        return ids(listAccessKeys(store.db, { account: mine.account, owner }, all, AT).then(page => page.items));
      };
      assert.deepEqual(await list(undefined), [own.key, seconds.key].sort());
      assert.deepEqual(await list(mine.owner), [own.key]);
      assert.deepEqual(await list(undefined, { owner: second.owner }), [seconds.key]);
      assert.deepEqual(await list(mine.owner, { owner: second.owner }), []);
      assert.deepEqual(await ids(keysOfOwner(store.db, mine.account, theirs.owner)), []);
      for (const scope of [
        { account: mine.account, owner: mine.owner },
        { account: theirs.account, owner: undefined },
      ])
        assert.equal(await getAccessKey(store.db, scope, seconds.key), undefined);
      assert.equal(await countKeysOf(store.db, theirs.owner), 1);
    });

    test('the ids of all keys come page by page, those of the account or of a project of it only', async () => {
      const { store } = opened;
      const [mine, theirs] = [await makeAccount(store), await makeAccount(store)];
      const project = newId('prj', randomBytes);
      await store.transact(tx =>
        insertProject(tx, { id: project, account: mine.account, name: 'Web', description: null, createdAt: AT }),
      );
      const keys = Array.from({ length: 7 }, (_, n) =>
        plainKey(mine, { createdAt: AT + (n % 3), enabled: n > 1, ...(n % 2 === 0 && { project }) }),
      );
      await store.transact(tx => insertAccessKeys(tx, [...keys, plainKey(theirs)]));
      const list = async (scope: { account: string; project: string | undefined }) => {
        const found: string[] = [];
        for (let cursor: string | undefined; ; ) {
          const page: Awaited<ReturnType<typeof listKeyIds>> = await listKeyIds(store.db, scope, { limit: 2, cursor });
          assert.ok(page.keys.length <= 2);
          found.push(...page.keys);
          if (page.nextCursor === null) return found.sort();
          cursor = page.nextCursor;
        }
      };
      const ids = (some: NewKey[]) => some.map(({ key }) => key as string).sort();
      assert.deepEqual(await list({ account: mine.account, project: undefined }), ids(keys));
      assert.deepEqual(await list({ account: mine.account, project }), ids(keys.filter((_, n) => n % 2 === 0)));
      assert.deepEqual(await list({ account: theirs.account, project }), []);
    });

    test('the filter by state judges as core does', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const times = [null, AT - 1, AT, AT + 1];
      const keys = [true, false].flatMap(enabled =>
        times.flatMap(notBefore => times.map(expiresAt => plainKey(whose, { enabled, notBefore, expiresAt }))),
      );
      await store.transact(tx => insertAccessKeys(tx, keys));
      for (const state of ['active', 'inactive', 'expired', 'not_yet_valid'] as const) {
        const filter = { state, sort: 'createdAt', limit: 100 };
        const page = await listAccessKeys(store.db, { account: whose.account, owner: undefined }, filter, AT);
        const expected = keys.filter(key => keyState(key, AT) === state).map(({ key }) => key);
        assert.deepEqual(page.items.map(({ key }) => key).sort(), expected.sort(), state);
        assert.ok(expected.length > 0);
      }
    });

    test('the filters by project and by last use', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const project = newId('prj', randomBytes);
      await store.transact(tx =>
        insertProject(tx, { id: project, account: whose.account, name: 'Web', description: null, createdAt: AT }),
      );
      const [never, long, lately] = [
        await makeKey(store, whose),
        await makeKey(store, whose, { project }),
        await makeKey(store, whose),
      ];
      const use = { address: '2001:db8::1', agent: 'curl/8 😀', api: 'keywright' };
      const uses = [
        { ...use, key: long.key, at: AT - 1, count: 1 },
        { ...use, key: lately.key, at: AT, count: 1 },
      ];
      await store.uses.writeUses(uses);
      const list = async (filter: object) => {
        const all = { sort: 'lastUsed', limit: 100, ...filter };
        return (await listAccessKeys(store.db, { account: whose.account, owner: undefined }, all, AT)).items;
      };
      assert.deepEqual(await ids(list({ unusedSince: AT })), [never.key, long.key]);
      assert.deepEqual(await ids(list({ project })), [long.key]);
      const [first] = await list({ sort: '-lastUsed' });
      assert.deepEqual(first?.lastUsed, { at: AT, address: '2001:db8::1', userAgent: 'curl/8 😀', api: 'keywright' });
    });
  });

  describe(`facts on ${name}`, () => {
    const opened = openedForSuite(name);

    test('are complete and frozen', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const networks = ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'];
      const key = await makeKey(store, whose, { name: '🗝️', networks, notBefore: 1, expiresAt: AT, enabled: false });
      const facts = await store.findFacts(key.key);
      assert.ok(facts);
      const { digest, ...rest } = facts;
      assert.equal(digest, key.digest);
      assert.deepEqual(rest, {
        key: key.key,
        name: '🗝️',
        enabled: false,
        notBefore: 1,
        expiresAt: AT,
        permission: 'read_write',
        grants: {},
        networks: networks.map(parseNetwork),
        project: null,
        owner: { kind: 'service_account', id: whose.owner, name: 'Robot', role: 'member', active: true },
        account: { id: whose.account, active: true },
        limits: [],
      });
      for (const part of [facts, facts.owner, facts.account, facts.networks, ...facts.networks])
        assert.ok(Object.isFrozen(part), JSON.stringify(part));
    });

    test('hold the limits of the key, its owner and its account, and keys with the same share them', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const rate = (max: number) => ({ rateLimits: [{ name: 'steady', max, perSeconds: 1, burst: max }], quotas: [] });
      const quotas = [{ name: 'daily', max: 7, per: 'day', timeZone: 'Asia/Tokyo' }] as const;
      await store.transact(async tx => {
        await updateOwner(tx, whose.owner, { limits: rate(2) });
        await updateAccount(tx, whose.account, { limits: { rateLimits: [], quotas } });
      });
      assert.deepEqual(await getOwnerLimits(store.db, whose.account, whose.owner), rate(2));
      assert.equal(await getOwnerLimits(store.db, 'acc_other', whose.owner), undefined);
      const [one, two] = [await makeKey(store, whose, rate(1)), await makeKey(store, whose, rate(1))];
      const facts = await store.findFacts(one.key);
      assert.deepEqual(facts?.limits, [
        { of: 'key', ...rate(1) },
        { of: 'owner', ...rate(2) },
        { of: 'account', rateLimits: [], quotas },
      ]);
      assert.ok(Object.isFrozen(facts?.limits));
      assert.equal((await store.findFacts(two.key))?.limits, facts?.limits);
      await store.transact(tx => updateAccessKey(tx, one.key, { ...one, ...NO_USE_LIMITS }));
      assert.deepEqual(
        (await store.findFacts(one.key))?.limits.map(({ of }) => of),
        ['owner', 'account'],
      );
    });

    test('without networks they say so, and are frozen as well', async () => {
      const { store } = opened;
      const facts = await store.findFacts((await makeKey(store, await makeAccount(store))).key);
      assert.deepEqual(facts?.networks, []);
      assert.ok(Object.isFrozen(facts?.networks));
    });

    test('follow each change at once', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const key = await makeKey(store, whose);
      await store.transact(tx => updateAccessKey(tx, key.key, { ...key, enabled: false }));
      assert.equal((await store.findFacts(key.key))?.enabled, false);
      await store.transact(tx => updateOwner(tx, whose.owner, { role: 'viewer', active: false }));
      const { role, active } = (await store.findFacts(key.key))?.owner ?? {};
      assert.deepEqual({ role, active }, { role: 'viewer', active: false });
      await store.transact(tx =>
        tx.updateTable('accounts').set({ active: 0 }).where('id', '=', whose.account).execute(),
      );
      assert.equal((await store.findFacts(key.key))?.account.active, false);
    });

    test('there are none of a key that is not there', async () => {
      assert.equal(await opened.store.findFacts(newKeyId(randomBytes)), undefined);
    });

    test('a network that cannot be read is an error, never no restriction', async () => {
      const { store } = opened;
      const key = await makeKey(store, await makeAccount(store), { networks: ['192.0.2.0/33'] });
      await assert.rejects(async () => store.findFacts(key.key), /unreadable network/);
    });
  });
}

async function ids(keys: Promise<StoredKey[]>): Promise<string[]> {
  return (await keys).map(({ key }) => key);
}

/** Letters in which no part repeats: PostgreSQL can not make it fit by compression. */
function hardToCompress(length: number): string {
  return Array.from(randomBytes(length), byte => String.fromCodePoint(0x4e00 + byte * 80 + (byte % 79))).join('');
}
