import type { KeyDigest, KeyId, KeyState, OwnerKind, Permission } from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { searchText } from './owners.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';
import type { Tables } from './tables.ts';

export interface Party {
  kind: string;
  id: string;
  name: string | null;
}

/** What of a key can be changed. Times are milliseconds since 1970. */
export interface KeyFields {
  name: string | null;
  description: string | null;
  permission: Permission;
  expiresAt: number | null;
  notBefore: number | null;
  networks: string[];
  tags: string[];
  enabled: boolean;
}

export interface StoredKey extends KeyFields {
  key: KeyId;
  account: string;
  owner: { kind: OwnerKind; id: string; name: string };
  creator: Party;
  project: string | null;
  legacy: boolean;
  createdAt: number;
  lastUsed: { at: number; address: string | null; userAgent: string | null; api: string | null } | null;
}

export interface NewKey extends KeyFields {
  key: KeyId;
  digest: KeyDigest;
  account: string;
  owner: string;
  creator: Party;
  project: string | null;
  legacy: boolean;
  createdAt: number;
}

export async function insertAccessKey(tx: Tx, key: NewKey): Promise<void> {
  await insertAccessKeys(tx, [key]);
}

/** Inserts many keys with one statement. */
export async function insertAccessKeys(tx: Tx, keys: readonly NewKey[]): Promise<void> {
  await tx.insertInto('access_keys').values(keys.map(accessKeyRow)).execute();
  // Made with the key, so that recording a use is a plain update.
  const never = { at: null, address: null, user_agent: null, api: null };
  await tx
    .insertInto('last_uses')
    .values(keys.map(({ key }) => ({ key, ...never })))
    .execute();
}

function accessKeyRow(key: NewKey): Tables['access_keys'] {
  return {
    ...columnsOf(key, key.key),
    key: key.key,
    account_id: key.account,
    owner_id: key.owner,
    creator_kind: key.creator.kind,
    creator_id: key.creator.id,
    creator_name: key.creator.name,
    project_id: key.project,
    digest: Buffer.from(key.digest, 'latin1'),
    legacy: Number(key.legacy),
    created_at: key.createdAt,
  };
}

export async function updateAccessKey(tx: Tx, key: KeyId, fields: KeyFields): Promise<void> {
  await tx.updateTable('access_keys').set(columnsOf(fields, key)).where('key', '=', key).execute();
}

export async function deleteAccessKey(tx: Tx, key: KeyId): Promise<void> {
  await tx.deleteFrom('access_keys').where('key', '=', key).execute();
}

export async function countKeysOf(db: Db, owner: string): Promise<number> {
  const row = await db
    .selectFrom('access_keys')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('owner_id', '=', owner)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Which keys a caller can reach: those of the account, or within it those of one owner. */
export interface KeyScope {
  account: string;
  owner: string | undefined;
}

export async function getAccessKey(db: Db, scope: KeyScope, key: KeyId): Promise<StoredKey | undefined> {
  const row = await selectKeys(db, scope).where('k.key', '=', key).executeTakeFirst();
  return row && storedKeyOf(row);
}

/** All keys of the owner, in the order in which everybody locks keys. */
export async function keysOfOwner(db: Db, account: string, owner: string): Promise<StoredKey[]> {
  const rows = await selectKeys(db, { account, owner }).orderBy('k.key').execute();
  return rows.map(storedKeyOf);
}

export interface KeyFilter {
  owner?: string;
  state?: KeyState;
  text?: string;
  project?: string;
  unusedSince?: number;
  sort: string;
  limit: number;
  cursor?: string;
}

const SORTS = {
  createdAt: { column: 'k.created_at', type: 'number' },
  name: { column: 'k.sort_name', type: 'string' },
  lastUsed: { column: 'u.at', type: 'number' },
} as const;

export async function listAccessKeys(db: Db, scope: KeyScope, filter: KeyFilter, at: number): Promise<Page<StoredKey>> {
  let query = selectKeys(db, scope);
  if (filter.owner !== undefined) query = query.where('k.owner_id', '=', filter.owner);
  if (filter.state !== undefined) query = inState(query, filter.state, at);
  if (filter.text) query = query.where(contains('k.search', filter.text));
  if (filter.project !== undefined) query = query.where('k.project_id', '=', filter.project);
  if (filter.unusedSince !== undefined) {
    const since = filter.unusedSince;
    query = query.where(eb => eb.or([eb('u.at', 'is', null), eb('u.at', '<', since)]));
  }
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, 'k.key', filter));
  return { ...page, items: page.items.map(storedKeyOf) };
}

/** The same judgement as keyState of core, as conditions. */
function inState(query: ReturnType<typeof selectKeys>, state: KeyState, at: number) {
  if (state === 'inactive') return query.where('k.enabled', '=', 0);
  const enabled = query.where('k.enabled', '=', 1);
  if (state === 'not_yet_valid') return enabled.where('k.not_before', '>', at);
  const begun = enabled.where(eb => eb.or([eb('k.not_before', 'is', null), eb('k.not_before', '<=', at)]));
  if (state === 'expired') return begun.where('k.expires_at', '<=', at);
  return begun.where(eb => eb.or([eb('k.expires_at', 'is', null), eb('k.expires_at', '>', at)]));
}

function selectKeys(db: Db, scope: KeyScope) {
  const query = db
    .selectFrom('access_keys as k')
    .innerJoin('owners as o', 'o.id', 'k.owner_id')
    .innerJoin('last_uses as u', 'u.key', 'k.key')
    .selectAll('k')
    .select([
      'o.kind as owner_kind',
      'o.name as owner_name',
      'u.at as used_at',
      'u.address as used_address',
      'u.user_agent as used_agent',
      'u.api as used_api',
    ])
    .where('k.account_id', '=', scope.account);
  return scope.owner === undefined ? query : query.where('k.owner_id', '=', scope.owner);
}

function storedKeyOf(row: Awaited<ReturnType<ReturnType<typeof selectKeys>['executeTakeFirstOrThrow']>>): StoredKey {
  const { name, description, permission } = row;
  return {
    key: row.key as KeyId, // only parsed key ids are ever stored
    account: row.account_id,
    owner: { kind: row.owner_kind, id: row.owner_id, name: row.owner_name },
    creator: { kind: row.creator_kind, id: row.creator_id, name: row.creator_name },
    project: row.project_id,
    name,
    description,
    permission,
    expiresAt: row.expires_at,
    notBefore: row.not_before,
    networks: JSON.parse(row.networks),
    tags: JSON.parse(row.tags),
    enabled: row.enabled === 1,
    legacy: row.legacy === 1,
    createdAt: row.created_at,
    lastUsed:
      row.used_at === null
        ? null
        : { at: row.used_at, address: row.used_address, userAgent: row.used_agent, api: row.used_api },
  };
}

function columnsOf(fields: KeyFields, key: KeyId) {
  const { name, description, permission, tags } = fields;
  return {
    name,
    description,
    permission,
    enabled: Number(fields.enabled),
    expires_at: fields.expiresAt,
    not_before: fields.notBefore,
    networks: JSON.stringify(fields.networks),
    tags: JSON.stringify(tags),
    sort_name: name?.toLowerCase() ?? null,
    search: searchText(name, key, description, ...tags),
  };
}
