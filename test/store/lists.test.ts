import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { KeywrightError, limits, newId } from '@keywright/core';
import {
  deleteAccessKey,
  insertAccessKeys,
  insertServiceAccount,
  listAccessKeys,
  listEvents,
  listMembers,
  listServiceAccounts,
  type Page,
  type Store,
  type StoredKey,
} from '@keywright/store';
import {
  AT,
  change,
  DATABASES,
  makeAccount,
  makeKey,
  NASTY_TEXTS,
  openedForSuite,
  plainEvent,
  plainKey,
  SORTING_DATABASES,
} from './stores.ts';

/** Names of which two databases, or two languages, could have two opinions. */
const NAMES = [
  ...NASTY_TEXTS,
  ...['a', 'A', 'b', 'B', 'Z', 'aa', 'a a', 'a-a', 'a_a', 'a.a', 'aA', 'ab', 'AB'],
  ...['1', '2', '10', '01', '-1', '½', '²', '٣'],
  ...['é', 'e', 'f', 'ê', 'E\u0301', 'ä', 'ae', 'æ', 'z', 'å', 'ø', 'ñ', 'ss', 'ß', 'ı', 'i', 'I', 'İ', 'ς', 'σ', 'Σ'],
  ...[' ', ' a', '\u00a0a', '\u200ba', '!', '~', '\uff41', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}'],
];

/** Names sort by the bytes of their lower-cased UTF-8. */
const byName = (a: string, b: string) => Buffer.compare(Buffer.from(a.toLowerCase()), Buffer.from(b.toLowerCase()));

for (const name of SORTING_DATABASES) {
  describe(`sorting and search on ${name}`, () => {
    const opened = openedForSuite(name);

    test('names sort alike everywhere, page by page, in both directions', async () => {
      const { store } = opened;
      const { account, owner } = await makeAccount(store);
      const keys = NAMES.map(name => plainKey({ account, owner }, { name }));
      await store.transact(tx => insertAccessKeys(tx, keys));
      const expected = NAMES.map(name => name.toLowerCase()).sort(byName);
      const lowered = (keys: { name: string | null }[]) => keys.map(key => key.name?.toLowerCase());
      const ascending = await allKeys(store, account, 'name', 7);
      assert.deepEqual(lowered(ascending), expected);
      assert.deepEqual(
        (await allKeys(store, account, '-name', 7)).map(key => key.key),
        ascending.map(key => key.key).reverse(),
      );
    });

    test('owners sort as keys do', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      for (const name of NAMES) await makeOwner(store, account, name);
      const page = await listServiceAccounts(store.db, account, { sort: 'name', limit: 200 });
      const expected = [...NAMES, 'Robot'].map(name => name.toLowerCase()).sort(byName);
      assert.deepEqual(
        page.items.map(item => item.name.toLowerCase()),
        expected,
      );
    });

    test('a search takes each character for itself, in any case', async () => {
      const { store } = opened;
      const { account, owner } = await makeAccount(store);
      const names = ['100%', '100x', 'a_b', 'axb', 'a\\b', 'a\\\\b', 'DEPLOY Ärger', '日本語', '😀', "O'Brien"];
      await store.transact(tx =>
        insertAccessKeys(
          tx,
          names.map(name => plainKey({ account, owner }, { name })),
        ),
      );
      const found = async (text: string) => {
        const filter = { text, sort: 'name', limit: 100 };
        const { items } = await listAccessKeys(store.db, { account, owner: undefined }, filter, AT);
        return items.map(item => item.name);
      };
      const expected: [string, string[]][] = [
        ['%', ['100%']],
        ['0%', ['100%']],
        ['_', ['a_b']],
        ['a_b', ['a_b']],
        ['\\', ['a\\\\b', 'a\\b']],
        ['\\\\', ['a\\\\b']],
        ['\\%', []],
        ['%%', []],
        ['deploy äRGER', ['DEPLOY Ärger']],
        ['本', ['日本語']],
        ['😀', ['😀']],
        ["o'b", ["O'Brien"]],
        ["' or 1=1 --", []],
        ['0x', ['100x']],
      ];
      for (const [text, names] of expected) assert.deepEqual(await found(text), names, text);
      assert.equal((await found('')).length, names.length);
    });

    test('a search looks at name, key, description and tags, but never across accounts', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const other = await makeKey(store, await makeAccount(store), { name: 'Needle' });
      const key = await makeKey(store, whose, { name: 'Name', description: 'Words', tags: ['Blue', 'Green'] });
      const found = async (text: string) => {
        const filter = { text, sort: 'name', limit: 100 };
        const page = await listAccessKeys(store.db, { account: whose.account, owner: undefined }, filter, AT);
        return page.items.map(item => item.key);
      };
      for (const text of ['name', 'WORDS', 'green', key.key.slice(3, 12).toLowerCase()])
        assert.deepEqual(await found(text), [key.key], text);
      assert.deepEqual(await found('needle'), []);
      assert.deepEqual(await found(other.key), []);
    });
  });
}

for (const name of DATABASES) {
  describe(`pages on ${name}`, () => {
    const opened = openedForSuite(name);

    test('what was never used is unused for longest', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const keys = await Promise.all(Array.from({ length: 9 }, () => makeKey(store, whose)));
      const used = keys
        .slice(0, 5)
        .map(({ key }, n) => ({ key, at: AT + (n >> 1), address: null, agent: null, api: null, count: 1 }));
      await store.uses.writeUses(used);
      const times = async (sort: string) => (await allKeys(store, whose.account, sort, 2)).map(key => key.lastUsed?.at);
      const never = [undefined, undefined, undefined, undefined];
      assert.deepEqual(await times('lastUsed'), [...never, AT, AT, AT + 1, AT + 1, AT + 2]);
      assert.deepEqual(await times('-lastUsed'), [AT + 2, AT + 1, AT + 1, AT, AT, ...never]);
    });

    test('keys without a name come after those with one, before them in the other direction', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      for (const name of [null, 'b', null, 'a']) await makeKey(store, whose, { name });
      const names = async (sort: string) => (await allKeys(store, whose.account, sort, 1)).map(key => key.name);
      assert.deepEqual(await names('name'), ['a', 'b', null, null]);
      assert.deepEqual(await names('-name'), [null, null, 'b', 'a']);
    });

    test('each order is total: the pages of every size are the whole list, cut', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const keys = Array.from({ length: 25 }, (_, n) =>
        plainKey(whose, { name: `n${n % 3}`, createdAt: AT + (n % 4) }),
      );
      await store.transact(tx => insertAccessKeys(tx, keys));
      for (const sort of ['createdAt', '-createdAt', 'name', '-name', 'lastUsed', '-lastUsed']) {
        const whole = (await allKeys(store, whose.account, sort, 100)).map(key => key.key);
        assert.equal(new Set(whole).size, 25);
        for (const limit of [1, 4, 5, 24, 25]) {
          const pages = (await allKeys(store, whose.account, sort, limit)).map(key => key.key);
          assert.deepEqual(pages, whole, `${sort} by ${limit}`);
        }
      }
    });

    test('rows that come and go between pages move no other', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const make = (age: number) => makeKey(store, whose, { createdAt: AT + age });
      const [, second, third] = [
        await make(10),
        await make(20),
        await make(30),
        await make(40),
        await make(50),
        await make(60),
      ];
      const scope = { account: whose.account, owner: undefined };
      const page = async (cursor?: string) => {
        const { items, nextCursor } = await listAccessKeys(
          store.db,
          scope,
          { sort: 'createdAt', limit: 2, cursor },
          AT,
        );
        return { ages: items.map(key => key.createdAt - AT), cursor: nextCursor ?? undefined };
      };
      const first = await page();
      assert.deepEqual(first.ages, [10, 20]);
      // Among them the row at which the first page ended.
      for (const { key } of [second, third]) await store.transact(tx => deleteAccessKey(tx, key));
      await make(15);
      await make(35);
      const next = await page(first.cursor);
      assert.deepEqual(next.ages, [35, 40]);
      assert.deepEqual(await page(next.cursor), { ages: [50, 60], cursor: undefined });
    });

    test('a cursor of the longest name fits into its limit', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      for (const letter of ['İ', '"', '\uffff']) {
        const texts = { name: letter.repeat(100), description: letter.repeat(1000) };
        await makeKey(store, whose, texts);
        await makeKey(store, whose, texts);
      }
      let cursor: string | undefined;
      for (let n = 0; n < 5; n++) {
        const scope = { account: whose.account, owner: undefined };
        const page: Page<StoredKey> = await listAccessKeys(store.db, scope, { sort: 'name', limit: 1, cursor }, AT);
        cursor = page.nextCursor ?? undefined;
        assert.ok(cursor !== undefined && cursor.length <= limits.cursorCharsMax, `${cursor?.length} characters`);
      }
    });

    test('what is no cursor of this list is refused', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      for (const name of ['a', 'b']) await makeKey(store, whose, { name });
      await change(store, plainEvent(whose.account), plainEvent(whose.account));
      const scope = { account: whose.account, owner: undefined };
      const ofKeys = async (sort: string, cursor?: string) =>
        (await listAccessKeys(store.db, scope, { sort, limit: 1, cursor }, AT)).nextCursor ?? '';
      const byName = await ofKeys('name');
      const byAge = await ofKeys('createdAt');
      const encode = (text: string) => Buffer.from(text).toString('base64url');
      const nonsense = ['', 'x', '%', encode('{}'), encode('[1]'), encode('[1,"a",2]'), encode('["a",1]')];
      const odd = [encode('[1.5,"a"]'), encode('[1e300,"a"]'), encode('[true,"a"]'), encode('[["a"],"a"]')];
      const broken = [
        encode('["\\u0000","a"]'),
        encode('[1,"\\u0000"]'),
        encode('["\\ud800","a"]'),
        encode('["a",null]'),
      ];
      for (const cursor of [...nonsense, ...odd, ...broken]) {
        for (const sort of ['name', 'createdAt', 'lastUsed']) await refused(ofKeys(sort, cursor));
        await refused(listEvents(store.db, whose.account, { limit: 1, cursor }));
        await refused(listMembers(store.db, whose.account, { sort: 'name', limit: 1, cursor }));
        await refused(listServiceAccounts(store.db, whose.account, { sort: 'createdAt', limit: 1, cursor }));
      }
      await refused(ofKeys('createdAt', byName));
      await refused(ofKeys('name', byAge));
      await refused(listEvents(store.db, whose.account, { limit: 1, cursor: byName }));
    });

    test('a cursor of another account shows nothing of it', async () => {
      const { store } = opened;
      const [mine, theirs] = [await makeAccount(store), await makeAccount(store)];
      for (const whose of [mine, mine, theirs, theirs]) await makeKey(store, whose);
      const filter = { sort: 'createdAt', limit: 1 };
      const foreign = await listAccessKeys(store.db, { account: theirs.account, owner: undefined }, filter, AT);
      const cursor = foreign.nextCursor ?? undefined;
      const scope = { account: mine.account, owner: undefined };
      const page = await listAccessKeys(store.db, scope, { ...filter, limit: 10, cursor }, AT);
      assert.ok(page.items.every(key => key.account === mine.account));
    });
  });
}

async function refused(answer: Promise<unknown>): Promise<void> {
  await assert.rejects(answer, error => error instanceof KeywrightError && error.code === 'invalid_value');
}

/** All keys of the account, page by page. */
async function allKeys(store: Store, account: string, sort: string, limit: number) {
  const keys = [];
  let cursor: string | undefined;
  do {
    const page = await listAccessKeys(store.db, { account, owner: undefined }, { sort, limit, cursor }, AT);
    keys.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return keys;
}

async function makeOwner(store: Store, account: string, name: string): Promise<void> {
  const id = newId('sva', randomBytes);
  const robot = { id, account, name, description: null, role: 'member', createdAt: AT } as const;
  await store.transact(tx => insertServiceAccount(tx, robot));
}
