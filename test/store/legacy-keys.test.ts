import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  deleteAccessKey,
  findLegacySecrets,
  findOwnerIds,
  getAccessKey,
  idsOfOwners,
  insertLegacyKeys,
  keepLegacyScheme,
  knownLookups,
  type LegacyKey,
  listLegacySchemes,
  upgradeLegacySecret,
} from '@keywright/store';
import { DATABASES, makeAccount, makeMember, openedForSuite, plainKey } from './stores.ts';

const FAST = '{"lookup":"sha256"}';
const SLOW = '{"lookup":"id"}';

for (const name of DATABASES) {
  describe(`keys from elsewhere on ${name}`, () => {
    const opened = openedForSuite(name);

    test('are stored as keys, more than one statement holds, and found by what was kept of their secret', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const keys = Array.from({ length: 501 }, () => legacyKey(whose));
      await store.transact(tx => insertLegacyKeys(tx, keys));
      for (const { key, lookup, hash } of [keys[0], keys[500]].filter(one => one !== undefined)) {
        const found = await findLegacySecrets(store.db, FAST, lookup);
        assert.deepEqual(found, [{ account: whose.account, key: key.key, hash }]);
        assert.deepEqual(await findLegacySecrets(store.db, SLOW, lookup), []);
        const stored = await getAccessKey(store.db, { account: whose.account, owner: undefined }, key.key);
        assert.equal(stored?.legacy, true);
      }
      const lookups = [...keys.map(({ lookup }) => lookup), randomBytes(32)];
      const known = await knownLookups(store.db, whose.account, lookups);
      assert.deepEqual([known.size, new Set(known.values())], [501, new Set(['here'])]);
      const foreign = await knownLookups(store.db, (await makeAccount(store)).account, lookups);
      assert.deepEqual([foreign.size, new Set(foreign.values())], [501, new Set(['elsewhere'])]);
      assert.equal((await knownLookups(store.db, whose.account, [])).size, 0);
      await store.transact(tx => insertLegacyKeys(tx, []));
    });

    test('their secrets go with the key', async () => {
      const { store } = opened;
      const legacy = legacyKey(await makeAccount(store));
      await store.transact(tx => insertLegacyKeys(tx, [legacy]));
      await store.transact(tx => deleteAccessKey(tx, legacy.key.key));
      assert.deepEqual(await findLegacySecrets(store.db, FAST, legacy.lookup), []);
    });

    test('the same lookup in two accounts finds both', async () => {
      const { store } = opened;
      const one = legacyKey(await makeAccount(store));
      const other = { ...legacyKey(await makeAccount(store)), lookup: one.lookup };
      await store.transact(tx => insertLegacyKeys(tx, [one, other]));
      const found = await findLegacySecrets(store.db, FAST, one.lookup);
      assert.deepEqual(new Set(found.map(({ key }) => key)), new Set([one.key.key, other.key.key]));
    });

    test('a scheme is kept once', async () => {
      const { store } = opened;
      for (const scheme of [SLOW, FAST, SLOW]) await store.transact(tx => keepLegacyScheme(tx, scheme));
      assert.deepEqual(await listLegacySchemes(store.db), [SLOW, FAST].sort());
    });

    test('a slow hash gives way to a lookup, however often; what found it proves nothing any more', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const slow = { ...legacyKey(whose), scheme: SLOW, hash: '$2b$10$hash' };
      const untouched = { ...legacyKey(whose), scheme: SLOW, hash: '$2b$10$other' };
      await store.transact(tx => insertLegacyKeys(tx, [slow, untouched]));
      const { key } = slow.key;
      const lookup = createHash('sha256').update('secret').digest();
      for (let times = 0; times < 2; times++) await store.transact(tx => upgradeLegacySecret(tx, key, lookup, FAST));
      const proof = { account: whose.account, key, hash: '' };
      assert.deepEqual(await findLegacySecrets(store.db, FAST, lookup), [proof]);
      assert.deepEqual(await findLegacySecrets(store.db, SLOW, slow.lookup), [proof]);
      assert.equal((await findLegacySecrets(store.db, SLOW, untouched.lookup))[0]?.hash, untouched.hash);
    });

    test('a key that was deleted meanwhile is not found again by what its slow hash gave way to', async () => {
      const { store } = opened;
      const slow = { ...legacyKey(await makeAccount(store)), scheme: SLOW, hash: '$2b$10$hash' };
      await store.transact(tx => insertLegacyKeys(tx, [slow]));
      await store.transact(tx => deleteAccessKey(tx, slow.key.key));
      const lookup = randomBytes(32);
      await store.transact(tx => upgradeLegacySecret(tx, slow.key.key, lookup, FAST));
      assert.deepEqual(await findLegacySecrets(store.db, FAST, lookup), []);
    });

    test('owners are found by id or e-mail address in their own account only', async () => {
      const { store } = opened;
      const [mine, other] = [await makeAccount(store), await makeAccount(store)];
      const ada = await makeMember(store, mine.account, { role: 'owner' });
      const foreign = await makeMember(store, other.account, { role: 'owner' });
      const names = [mine.owner, ada.email.toUpperCase(), other.owner, foreign.email, 'nobody'];
      const found = await findOwnerIds(store.db, mine.account, names);
      assert.deepEqual(
        [...found],
        [
          [mine.owner, mine.owner],
          [ada.email, ada.id],
        ],
      );
      assert.deepEqual(await idsOfOwners(store.db, mine.account), new Set([ada.id]));
    });
  });
}

function legacyKey(whose: { account: string; owner: string }): LegacyKey {
  return { key: plainKey(whose, { legacy: true }), lookup: randomBytes(32), scheme: FAST, hash: '' };
}
