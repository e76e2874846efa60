import type { Grants, KeyId } from '@keywright/core';
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

/** A key that holds a grant for an API, whatever it may do there. */
export interface GrantedKey {
  key: KeyId;
  name: string | null;
  owner: string;
  grants: Grants;
}

/** The keys of the account that hold a grant for the API. */
export async function keysGranted(db: Db, account: string, api: string): Promise<GrantedKey[]> {
  const rows = await db
    .selectFrom('granted_apis as g')
    .innerJoin('access_keys as k', 'k.key', 'g.key')
    .select(['k.key', 'k.name', 'k.owner_id', 'k.grants'])
    .where('g.account_id', '=', account)
    .where('g.api_id', '=', api)
    .orderBy('g.key')
    .execute();
  return rows.map(({ key, name, owner_id: owner, grants }) => ({
    key: key as KeyId, // only parsed key ids are ever stored
    name,
    owner,
    grants: JSON.parse(grants),
  }));
}

export async function updateGrants(tx: Tx, key: KeyId, grants: Grants): Promise<void> {
  await tx
    .updateTable('access_keys')
    .set({ grants: JSON.stringify(grants) })
    .where('key', '=', key)
    .execute();
  await replaceGrantedApis(tx, key, grants);
}

export async function replaceGrantedApis(tx: Tx, key: KeyId, grants: Grants): Promise<void> {
  await tx.deleteFrom('granted_apis').where('key', '=', key).execute();
  await insertGrantedApis(tx, [{ key, grants }]);
}

/** 3 parameters each: below what one statement can bind in either database. */
const ROWS_AT_ONCE = 5000;

/** Notes which APIs the keys hold grants for; most keys hold none. */
export async function insertGrantedApis(tx: Tx, keys: readonly { key: KeyId; grants: Grants }[]): Promise<void> {
  const granted = keys.flatMap(({ key, grants }) => Object.keys(grants).map(api => ({ key, api })));
  for (let from = 0; from < granted.length; from += ROWS_AT_ONCE) {
    const rows = granted.slice(from, from + ROWS_AT_ONCE).map(({ key, api }) => ({
      key,
      api_id: api,
      account_id: sql<string>`(select account_id from access_keys where key = ${key})`,
    }));
    await tx.insertInto('granted_apis').values(rows).execute();
  }
}
