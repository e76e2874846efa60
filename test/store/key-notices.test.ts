import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeyId } from '@keywright/core';
import {
  type After,
  activeAccountsAfter,
  deactivateKey,
  deleteAccessKey,
  deleteNotices,
  FROM_THE_FIRST,
  findDueKeys,
  findExpiringKeys,
  findIdleKeys,
  getAccessKey,
  insertNotices,
  markMailed,
  type NoticePage,
  projectsWithIdleRule,
  type Store,
  takeUnmailed,
  updateAccount,
  updateKeyRules,
  updateOwner,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, makeKey, makeMember, makeProject, openedForSuite } from './stores.ts';

const DAY = 86_400_000;

for (const name of DATABASES) {
  describe(`idle keys on ${name}`, () => {
    const opened = openedForSuite(name);
    const when = { at: AT + 40 * DAY, unusedSince: AT + 10 * DAY };

    test('are those of the account that are active, old and unused, a page at a time', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      await makeKey(store, await makeAccount(store));
      const idle = [];
      for (const n of [0, 1, 2]) idle.push((await makeKey(store, whose, { createdAt: AT + n })).key);
      await makeKey(store, whose, { enabled: false });
      await makeKey(store, whose, { expiresAt: when.at });
      await makeKey(store, whose, { createdAt: when.unusedSince + 1 });
      const used = await makeKey(store, whose);
      await use(store, used.key, when.unusedSince + 1);
      const place = { account: whose.account, project: null };
      assert.deepEqual(await allOf(after => findIdleKeys(store.db, place, when, after, 2)), idle);
      assert.deepEqual(await allOf(after => findIdleKeys(store.db, place, when, after, 100)), idle);
    });

    test('of projects with a rule of their own are looked for there', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { account } = whose;
      const [own, without] = [await makeProject(store, account), await makeProject(store, account)];
      await store.transact(tx => updateKeyRules(tx, { account, project: own }, { idleDaysMax: 5 }, AT));
      assert.deepEqual(await projectsWithIdleRule(store.db, account), [own]);
      const free = await makeKey(store, whose);
      const there = await makeKey(store, whose, { project: own });
      const asAll = await makeKey(store, whose, { project: without, createdAt: AT + 1 });
      const idle = (project: string | null) =>
        allOf(after => findIdleKeys(store.db, { account, project }, when, after, 9));
      assert.deepEqual([await idle(null), await idle(own)], [[free.key, asAll.key], [there.key]]);
    });

    test('are told once, and again when they were used in between', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { key } = await makeKey(store, whose);
      const idle = () =>
        allOf(after => findIdleKeys(store.db, { account: whose.account, project: null }, when, after, 9));
      await store.transact(tx => insertNotices(tx, 'idle', AT + DAY, [{ key, dueAt: when.at }]));
      assert.deepEqual(await idle(), []);
      await use(store, key, AT + 2 * DAY);
      assert.deepEqual(await idle(), [key]);
    });

    test('are due when their time has come, the longest due first, and not when the notice is gone', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [first, second, third] = [
        await makeKey(store, whose),
        await makeKey(store, whose),
        await makeKey(store, whose),
      ];
      const notices = [second, first, third].map(({ key }, n) => ({ key, dueAt: AT + n }));
      await store.transact(tx => insertNotices(tx, 'idle', AT - 1, notices));
      await store.transact(tx => insertNotices(tx, 'expiring', AT - 1, [{ key: third.key, dueAt: AT }]));
      const due = async (limit: number) => (await findDueKeys(store.db, AT + 1, limit)).map(({ key }) => key);
      assert.deepEqual([await due(9), await due(1)], [[second.key, first.key], [second.key]]);
      assert.deepEqual((await findDueKeys(store.db, AT + 1, 1))[0], {
        key: second.key,
        name: null,
        enabled: true,
        account: whose.account,
        project: null,
        owner: whose.owner,
        createdAt: AT,
        expiresAt: null,
        unusedSince: AT,
        noticedAt: AT - 1,
      });
      await store.transact(tx => deleteNotices(tx, second.key, ['expiring']));
      assert.equal((await due(9)).length, 2);
      await store.transact(tx => deleteNotices(tx, second.key, ['idle', 'expiring']));
      assert.deepEqual(await due(9), [first.key]);
      await store.transact(tx => deleteAccessKey(tx, first.key));
      assert.deepEqual(await due(9), []);
    });

    test('are deactivated, each alone', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [one, other] = [await makeKey(store, whose), await makeKey(store, whose)];
      await store.transact(tx => deactivateKey(tx, one.key));
      assert.equal((await store.findFacts(one.key))?.enabled, false);
      assert.equal((await store.findFacts(other.key))?.enabled, true);
    });
  });

  describe(`notices of keys on ${name}`, () => {
    const opened = openedForSuite(name);

    test('of expiry concern keys that live longer than the notice, once, the soonest first', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const until = async (expiresAt: number, more = {}) => (await makeKey(store, whose, { expiresAt, ...more })).key;
      const [later, soon, last] = [await until(AT + 20 * DAY), await until(AT + 19 * DAY), await until(AT + 22 * DAY)];
      await until(AT + 22 * DAY + 1);
      await until(AT + 15 * DAY);
      await until(AT + 20 * DAY, { createdAt: AT + 14 * DAY });
      await until(AT + 20 * DAY, { enabled: false });
      await makeKey(store, await makeAccount(store), { expiresAt: AT + 20 * DAY });
      const when = { at: AT + 15 * DAY, noticeMs: 7 * DAY };
      const expiring = (limit: number) => allOf(after => findExpiringKeys(store.db, whose.account, when, after, limit));
      assert.deepEqual(
        [await expiring(2), await expiring(9)],
        [
          [soon, later, last],
          [soon, later, last],
        ],
      );
      await store.transact(tx => insertNotices(tx, 'expiring', AT, [{ key: soon, dueAt: AT + 19 * DAY }]));
      assert.deepEqual(await expiring(9), [later, last]);
    });

    test('given again replaces what was given, and shows at the key', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { key } = await makeKey(store, whose);
      const give = (at: number) => store.transact(tx => insertNotices(tx, 'idle', at, [{ key, dueAt: at + DAY }]));
      await give(AT);
      await give(AT + DAY);
      await store.transact(tx => insertNotices(tx, 'expiring', AT, [{ key, dueAt: AT + DAY }]));
      const shown = await getAccessKey(store.db, { account: whose.account, owner: undefined }, key);
      assert.deepEqual(shown?.notices, [
        { kind: 'idle', at: AT + DAY, dueAt: AT + 2 * DAY },
        { kind: 'expiring', at: AT, dueAt: AT + DAY },
      ]);
    });
  });

  describe(`mails of notices on ${name}`, () => {
    const opened = openedForSuite(name);

    test('each is taken by one only, up to the limit, and can be given back', async () => {
      const { store } = opened;
      const { account, owner: robot } = await makeAccount(store);
      const ada = await makeMember(store, account);
      const ofAda = await makeKey(store, { account, owner: ada.id }, { name: 'deploy' });
      const ofRobot = await makeKey(store, { account, owner: robot });
      const notices = [ofAda, ofRobot].map(({ key }) => ({ key, dueAt: AT + DAY }));
      await store.transact(tx => insertNotices(tx, 'idle', AT, notices));
      const take = (limit: number, at = AT) => store.transact(tx => takeUnmailed(tx, at, limit));
      assert.deepEqual(await take(9, AT + DAY), []);
      const taken = [...(await take(1)), ...(await take(9))];
      assert.deepEqual(
        new Set(taken.map(({ key, owner }) => `${key} ${owner.email}`)),
        new Set([`${ofAda.key} ${ada.email}`, `${ofRobot.key} null`]),
      );
      assert.deepEqual(await take(9), []);
      await store.transact(tx => markMailed(tx, { key: ofAda.key, kind: 'expiring' }, false));
      assert.deepEqual(await take(9), []);
      await store.transact(tx => markMailed(tx, { key: ofAda.key, kind: 'idle' }, false));
      assert.deepEqual(await take(9), [
        {
          key: ofAda.key,
          name: 'deploy',
          kind: 'idle',
          dueAt: AT + DAY,
          account: { id: account, name: 'Acme' },
          owner: { kind: 'member', name: 'Ada', email: ada.email },
        },
      ]);
    });

    test('what is due first is taken first', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const keys = [await makeKey(store, whose), await makeKey(store, whose), await makeKey(store, whose)];
      const notices = keys.map(({ key }, n) => ({ key, dueAt: AT + ((n + 1) % 3) * DAY }));
      await store.transact(tx => insertNotices(tx, 'idle', AT, notices));
      const taken = await store.transact(tx => takeUnmailed(tx, AT, 9));
      assert.deepEqual(
        taken.map(({ key }) => key),
        [keys[0]?.key, keys[1]?.key],
      );
    });

    test('a deactivated owner has none', async () => {
      const { store } = opened;
      const { account, owner } = await makeAccount(store);
      const { key } = await makeKey(store, { account, owner });
      await store.transact(async tx => {
        await insertNotices(tx, 'idle', AT, [{ key, dueAt: AT + DAY }]);
        await updateOwner(tx, owner, { active: false });
      });
      assert.deepEqual(await store.transact(tx => takeUnmailed(tx, AT, 9)), []);
    });

    test('active accounts are gone through in the order of their ids', async () => {
      const { store } = opened;
      const closed = (await makeAccount(store)).account;
      for (let n = 0; n < 3; n++) await makeAccount(store);
      await store.transact(tx => updateAccount(tx, closed, { active: false }));
      const whole = await activeAccountsAfter(store.db, '', 100);
      const paged: string[] = [];
      for (let page = ['']; page.length > 0; ) {
        page = await activeAccountsAfter(store.db, paged.at(-1) ?? '', 2);
        paged.push(...page);
      }
      assert.deepEqual(paged, whole);
      assert.ok(whole.length >= 3 && new Set(whole).size === whole.length && !whole.includes(closed));
    });
  });
}

/** All that the pages hold, in their order. */
async function allOf(fetch: (after: After) => Promise<NoticePage>): Promise<KeyId[]> {
  const keys: KeyId[] = [];
  for (let after: After | undefined = FROM_THE_FIRST; after !== undefined; ) {
    const page: NoticePage = await fetch(after);
    keys.push(...page.keys.map(({ key }) => key));
    after = page.next;
  }
  return keys;
}

async function use(store: Store, key: KeyId, at: number): Promise<void> {
  await store.transact(tx => tx.updateTable('last_uses').set({ at }).where('key', '=', key).execute());
}
