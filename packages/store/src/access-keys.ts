import type {
  Grants,
  KeyDigest,
  KeyId,
  KeyState,
  Notice,
  NoticeKind,
  OwnerKind,
  Permission,
  UseLimits,
} from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { insertGrantedApis, replaceGrantedApis } from './granted-apis.ts';
import { searchText } from './owners.ts';
import { contains, eachOf, fetchPage, orderBy, type Page } from './page.ts';
import type { Tables } from './tables.ts';
import { limitsColumn, limitsOf } from './use-limits.ts';
import { lastUseOf } from './uses.ts';

export interface Party {
  kind: string;
  id: string;
  name: string | null;
}

/** What of a key can be changed. Times are milliseconds since 1970. */
export interface KeyFields extends UseLimits {
  name: string | null;
  description: string | null;
  permission: Permission;
  grants: Grants;
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
  /** Its project is archived, so it does not work whatever `enabled` says. */
  archived: boolean;
  legacy: boolean;
  createdAt: number;
  lastUsed: { at: number; address: string | null; userAgent: string | null; api: string | null } | null;
  /** What its owner was told about it. */
  notices: Notice[];
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
    .values(keys.map(({ key, account }) => ({ key, account_id: account, ...never })))
    .execute();
  await insertGrantedApis(tx, keys);
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
  await replaceGrantedApis(tx, key, fields.grants);
}

export async function deleteAccessKey(tx: Tx, key: KeyId): Promise<void> {
  await tx.deleteFrom('access_keys').where('key', '=', key).execute();
}

/** How many keys the owner has, everywhere or in one project. */
export async function countKeysOf(db: Db, owner: string, project?: string): Promise<number> {
  const row = await db
    .selectFrom('access_keys')
    .select(({ fn }) => {
      const keys = fn.countAll<number>();
      // Counted among those of the owner: a project can have very many.
      return (project === undefined ? keys : keys.filterWhere('project_id', '=', project)).as('count');
    })
    .where('owner_id', '=', owner)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Which keys a caller can reach: those of the account, or within it those of one owner, and of one project. */
export interface KeyScope {
  account: string;
  owner: string | undefined;
  project?: string | undefined;
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

/** The newest keys of each of several owners or projects, up to the limit for each. */
export async function newestKeysOf(
  db: Db,
  scope: KeyScope,
  column: 'owner_id' | 'project_id',
  ids: readonly string[],
  limit: number,
): Promise<StoredKey[]> {
  const rows = await eachOf(db, ids, id =>
    selectKeys(db, scope)
      .where(`k.${column}`, '=', id)
      .orderBy('k.created_at', 'desc')
      .orderBy('k.key', 'desc')
      .limit(limit),
  );
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
  name: { column: 'k.sort_name', type: 'string', nulls: 'last' },
  // What was never used is unused for longest. Keys that are in use among very many may stand some minutes too early.
  lastUsed: { column: 'u.at', type: 'number', nulls: 'first' },
} as const;

export async function listAccessKeys(db: Db, scope: KeyScope, filter: KeyFilter, at: number): Promise<Page<StoredKey>> {
  const by = filter.sort.endsWith('lastUsed') ? 'u' : 'k';
  let query = selectKeys(db, scope, by);
  if (filter.owner !== undefined) query = query.where('k.owner_id', '=', filter.owner);
  if (filter.state !== undefined) query = inState(query, filter.state, at);
  if (filter.text) query = await holding(db, query, scope.account, filter.text);
  if (filter.project !== undefined) query = query.where('k.project_id', '=', filter.project);
  if (filter.unusedSince !== undefined) {
    const since = filter.unusedSince;
    // By `at` as well, for which there is an index.
    query = query.where(eb =>
      eb.or([eb('u.at', 'is', null), eb.and([eb('u.at', '<', since), eb(lastUseOf('u'), '<', since)])]),
    );
  }
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, `${by}.key`, filter));
  const items = page.items.map(storedKeyOf);
  return { ...page, items: by === 'u' ? items.toSorted(byLastUse(filter.sort)) : items };
}

/** Within a page the order is exact. */
function byLastUse(sort: string) {
  const sign = sort.startsWith('-') ? -1 : 1;
  return (a: StoredKey, b: StoredKey) => sign * ((a.lastUsed?.at ?? 0) - (b.lastUsed?.at ?? 0));
}

/** The ids of all keys, the oldest first; those of an account from an index alone. */
export async function listKeyIds(
  db: Db,
  { account, project }: Pick<KeyScope, 'account' | 'project'>,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ keys: KeyId[]; nextCursor: string | null }> {
  let query = db.selectFrom('access_keys as k').select('k.key').where('k.account_id', '=', account);
  if (project !== undefined) query = query.where('k.project_id', '=', project);
  const { items, nextCursor } = await fetchPage(query, orderBy('createdAt', SORTS, 'k.key', page));
  return { keys: items.map(({ key }) => key as KeyId), nextCursor }; // only parsed key ids are ever stored
}

/** So few are found by their keys; of more there is one on nearly every page. */
const FOUND_MAX = 1000;

/**
 * Those whose text holds the words. Texts alone are found by an index of groups of letters (PostgreSQL), or read through in
 * milliseconds, so they are asked first: what is rare is fetched by its keys, and what is common soon found in any order.
 */
async function holding(db: Db, query: ReturnType<typeof selectKeys>, account: string, text: string) {
  const holds = contains('search', text);
  const found = db.selectFrom('access_keys').select('key').where('account_id', '=', account).where(holds);
  const rows = await found.limit(FOUND_MAX + 1).execute();
  if (rows.length > FOUND_MAX) return query.where(contains('k.search', text));
  const keys = rows.map(({ key }) => key);
  // `in ()` is no SQL of PostgreSQL; no key is empty.
  return query.where('k.key', 'in', keys.length === 0 ? [''] : keys);
}

/** The same judgement as keyState of core, as conditions. */
function inState(query: ReturnType<typeof selectKeys>, state: KeyState, at: number) {
  if (state === 'inactive')
    return query.where(eb => eb.or([eb('k.enabled', '=', 0), eb('p.archived_at', 'is not', null)]));
  const enabled = query.where('k.enabled', '=', 1).where('p.archived_at', 'is', null);
  if (state === 'not_yet_valid') return enabled.where('k.not_before', '>', at);
  const begun = enabled.where(eb => eb.or([eb('k.not_before', 'is', null), eb('k.not_before', '<=', at)]));
  if (state === 'expired') return begun.where('k.expires_at', '<=', at);
  return begun.where(eb => eb.or([eb('k.expires_at', 'is', null), eb('k.expires_at', '>', at)]));
}

/** `by` is the table whose index gives the order: both hold account and key. */
function selectKeys(db: Db, scope: KeyScope, by: 'k' | 'u' = 'k') {
  let query = db
    .selectFrom('access_keys as k')
    .innerJoin('owners as o', 'o.id', 'k.owner_id')
    .innerJoin('last_uses as u', 'u.key', 'k.key')
    .leftJoin('projects as p', 'p.id', 'k.project_id')
    .leftJoin('key_notices as ni', join => join.onRef('ni.key', '=', 'k.key').on('ni.kind', '=', 'idle'))
    .leftJoin('key_notices as ne', join => join.onRef('ne.key', '=', 'k.key').on('ne.kind', '=', 'expiring'))
    .selectAll('k')
    .select([
      'o.kind as owner_kind',
      'o.name as owner_name',
      'p.archived_at as project_archived_at',
      'u.address as used_address',
      'u.user_agent as used_agent',
      'u.api as used_api',
    ])
    .select(lastUseOf('u').as('used_at'))
    .select([
      'ni.at as idle_noticed_at',
      'ni.due_at as idle_due_at',
      'ne.at as expiry_noticed_at',
      'ne.due_at as expiry_due_at',
    ])
    .where(`${by}.account_id`, '=', scope.account);
  if (scope.project !== undefined) query = query.where('k.project_id', '=', scope.project);
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
    archived: row.project_archived_at !== null,
    name,
    description,
    permission,
    grants: JSON.parse(row.grants),
    expiresAt: row.expires_at,
    notBefore: row.not_before,
    networks: JSON.parse(row.networks),
    tags: JSON.parse(row.tags),
    enabled: row.enabled === 1,
    ...limitsOf(row.limits),
    legacy: row.legacy === 1,
    createdAt: row.created_at,
    lastUsed:
      row.used_at === null
        ? null
        : { at: row.used_at, address: row.used_address, userAgent: row.used_agent, api: row.used_api },
    notices: [
      ...noticeOf('idle', row.idle_noticed_at, row.idle_due_at),
      ...noticeOf('expiring', row.expiry_noticed_at, row.expiry_due_at),
    ],
  };
}

function noticeOf(kind: NoticeKind, at: number | null, dueAt: number | null): Notice[] {
  return at === null || dueAt === null ? [] : [{ kind, at, dueAt }];
}

/** What a search looks at: PostgreSQL indexes up to 2,700 bytes. The description comes last and may be cut off. */
const SEARCH_CHARS = 600;

function columnsOf(fields: KeyFields, key: KeyId) {
  const { name, description, permission, tags } = fields;
  return {
    name,
    description,
    permission,
    grants: JSON.stringify(fields.grants),
    enabled: Number(fields.enabled),
    expires_at: fields.expiresAt,
    not_before: fields.notBefore,
    networks: JSON.stringify(fields.networks),
    tags: JSON.stringify(tags),
    limits: limitsColumn(fields),
    sort_name: name?.toLowerCase() ?? null,
    search: searchText(name, key, ...tags, description).slice(0, SEARCH_CHARS),
  };
}
