import type { KeyId } from '@keywright/core';
import { insertAccessKeys, type NewKey } from './access-keys.ts';
import type { Db, Tx } from './database.ts';

/** A key of another system with what its secret is found and proven by. */
export interface LegacyKey {
  key: NewKey;
  /** A hash of the secret, or of the id where a slow or salted hash proves it. */
  lookup: Uint8Array;
  /** JSON of how the lookup and the hash were made. */
  scheme: string;
  /** What proves a secret that is found by its id; empty where the lookup itself does. */
  hash: string;
}

export interface LegacySecret {
  account: string;
  key: KeyId;
  hash: string;
}

const ROWS_AT_ONCE = 500;

export async function insertLegacyKeys(tx: Tx, keys: readonly LegacyKey[]): Promise<void> {
  for (let from = 0; from < keys.length; from += ROWS_AT_ONCE) {
    const part = keys.slice(from, from + ROWS_AT_ONCE);
    await insertAccessKeys(
      tx,
      part.map(({ key }) => key),
    );
    await tx
      .insertInto('legacy_secrets')
      .values(
        part.map(({ key, lookup, scheme, hash }) => ({ account_id: key.account, lookup, key: key.key, scheme, hash })),
      )
      .execute();
  }
}

/** The secrets of that scheme that the lookup finds: nearly always one or none. */
export async function findLegacySecrets(db: Db, scheme: string, lookup: Uint8Array): Promise<LegacySecret[]> {
  const rows = await db
    .selectFrom('legacy_secrets')
    .select(['account_id', 'key', 'hash'])
    .where('lookup', '=', lookup)
    .where('scheme', '=', scheme)
    .limit(10)
    .execute();
  return rows.map(row => ({ account: row.account_id, key: row.key as KeyId, hash: row.hash })); // only parsed key ids are stored
}

/** Which of the lookups are there already, as text in Latin-1: in this account, or elsewhere only. */
export async function knownLookups(
  db: Db,
  account: string,
  lookups: readonly Uint8Array[],
): Promise<Map<string, 'here' | 'elsewhere'>> {
  const known = new Map<string, 'here' | 'elsewhere'>();
  for (let from = 0; from < lookups.length; from += ROWS_AT_ONCE) {
    const rows = await db
      .selectFrom('legacy_secrets')
      .select(['lookup', 'account_id'])
      .where('lookup', 'in', lookups.slice(from, from + ROWS_AT_ONCE))
      .execute();
    for (const row of rows) {
      const lookup = Buffer.from(row.lookup).toString('latin1');
      if (known.get(lookup) !== 'here') known.set(lookup, row.account_id === account ? 'here' : 'elsewhere');
    }
  }
  return known;
}

/** All schemes in use: few, for each is one way in which another system kept its keys. */
export async function listLegacySchemes(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('legacy_schemes').select('scheme').orderBy('scheme').execute();
  return rows.map(({ scheme }) => scheme);
}

export async function keepLegacyScheme(tx: Tx, scheme: string): Promise<void> {
  await tx
    .insertInto('legacy_schemes')
    .values({ scheme })
    .onConflict(conflict => conflict.doNothing())
    .execute();
}

/** From now on the key is found and proven by that lookup; what found it before stays, so that it is not imported again. A key that is gone by then stays so. */
export async function upgradeLegacySecret(tx: Tx, key: KeyId, lookup: Uint8Array, scheme: string): Promise<void> {
  const found = await tx
    .updateTable('legacy_secrets')
    .set({ hash: '' })
    .where('key', '=', key)
    .returning('account_id')
    .executeTakeFirst();
  if (found === undefined) return;
  await tx
    .insertInto('legacy_secrets')
    .values({ ...found, lookup, key, scheme, hash: '' })
    .onConflict(conflict => conflict.doNothing())
    .execute();
}

/** Owners of the account by id, and members by e-mail address. */
export async function findOwnerIds(db: Db, account: string, names: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let from = 0; from < names.length; from += ROWS_AT_ONCE) {
    const part = names.slice(from, from + ROWS_AT_ONCE);
    const owners = await db
      .selectFrom('owners')
      .select('id')
      .where('account_id', '=', account)
      .where('id', 'in', part)
      .execute();
    for (const { id } of owners) found.set(id, id);
    const emails = part.map(name => name.toLowerCase());
    const members = await db
      .selectFrom('members')
      .select(['id', 'email'])
      .where('account_id', '=', account)
      .where('email', 'in', emails)
      .execute();
    for (const { id, email } of members) found.set(email, id);
  }
  return found;
}

/** Who has the role of an owner in the account. */
export async function idsOfOwners(db: Db, account: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('owners')
    .select('id')
    .where('account_id', '=', account)
    .where('role', '=', 'owner')
    .execute();
  return new Set(rows.map(({ id }) => id));
}
