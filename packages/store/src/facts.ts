import {
  type Facts,
  type GrantSets,
  grantSets,
  type KeyDigest,
  type KeyId,
  type Network,
  type OwnerKind,
  type Permission,
  type ProvableFacts,
  permissionWithinRole,
  type Role,
  readNetworks,
} from '@keywright/core';
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type { Dialect } from './database.ts';
import type { Tables } from './tables.ts';
import { heldLimits } from './use-limits.ts';

/** The columns of `factsQuery` in their order: a row as a list costs half of what one with names does. */
export type FactsRow = [
  key: string,
  /** Hexadecimal: a text is handed over in a fraction of the time of a few bytes. */
  digest: string,
  name: string | null,
  enabled: number,
  notBefore: number | null,
  expiresAt: number | null,
  permission: Permission,
  grants: string,
  networks: string,
  project: string | null,
  account: string,
  accountActive: number,
  owner: string,
  ownerKind: OwnerKind,
  ownerName: string,
  ownerRole: Role,
  ownerActive: number,
  projectArchivedAt: number | null,
  keyLimits: string | null,
  ownerLimits: string | null,
  accountLimits: string | null,
];

/**
 * The one joined row behind a verify, compiled once: its only parameter is the key. On PostgreSQL it is one column, a JSON list: the client describes
 * and reads each column by itself, which for these took most of a first sight's memory.
 */
export function factsQuery(db: Kysely<Tables>, dialect: Dialect): CompiledQuery {
  const digest = dialect === 'sqlite' ? sql<string>`hex(k.digest)` : sql<string>`encode(k.digest, 'hex')`;
  const from = db
    .selectFrom('access_keys as k')
    .innerJoin('owners as o', 'o.id', 'k.owner_id')
    .innerJoin('accounts as a', 'a.id', 'k.account_id')
    .leftJoin('projects as p', 'p.id', 'k.project_id')
    .where('k.key', '=', '');
  if (dialect === 'sqlite') return from.select(['k.key', digest.as('digest'), ...COLUMNS]).compile();
  const columns = [sql.ref('k.key'), digest, ...COLUMNS.map(column => sql.ref(column))];
  return from.select(sql`json_build_array(${sql.join(columns)})`.as('facts')).compile();
}

/** Of `FactsRow` from the name on. */
const COLUMNS = [
  ...(['k.name', 'k.enabled', 'k.not_before', 'k.expires_at', 'k.permission', 'k.grants', 'k.networks'] as const),
  ...(['k.project_id', 'k.account_id', 'a.active', 'o.id', 'o.kind', 'o.name', 'o.role', 'o.active'] as const),
  ...(['p.archived_at', 'k.limits', 'o.limits', 'a.limits'] as const),
] as const;

export function factsOf(row: FactsRow): ProvableFacts {
  const [key, digest, name, enabled, notBefore, expiresAt, permission, grants, networks, project, ...rest] = row;
  const [account, accountActive, owner, ownerKind, ownerName, role, ownerActive, projectArchivedAt, ...limited] = rest;
  return Object.freeze({
    key: key as KeyId, // only parsed key ids are ever stored
    digest: Buffer.from(digest, 'hex').toString('latin1') as KeyDigest, // of 32 bytes, as inserted
    name,
    // The keys of an archived project are switched off with it.
    enabled: enabled === 1 && projectArchivedAt === null,
    notBefore,
    expiresAt,
    permission: permissionWithinRole(permission, role),
    grants: grants === '{}' ? NO_GRANTS : grantsOf(grants),
    networks: networks === '[]' ? NO_NETWORKS : frozenNetworks(networks),
    project,
    owner: ownerOf(owner, ownerKind, ownerName, role, ownerActive === 1),
    account: accountOf(account, accountActive === 1),
    limits: heldLimits(...limited),
  });
}

const NO_GRANTS: GrantSets = grantSets({});
const NO_NETWORKS: readonly Network[] = Object.freeze([]);

/** So that those that are shared take a few MB at most. */
const SHARED_GRANTS_MAX = 1000;
const SHARED_GRANTS_CHARS_MAX = 4000;
const grantsByText = new Map<string, GrantSets>();

/** Many keys are given the same: who holds their facts holds it once. */
function grantsOf(json: string): GrantSets {
  const known = grantsByText.get(json);
  if (known !== undefined) return known;
  const grants = grantSets(JSON.parse(json)); // as columnsOf wrote it
  if (json.length > SHARED_GRANTS_CHARS_MAX) return grants;
  if (grantsByText.size >= SHARED_GRANTS_MAX) grantsByText.clear();
  grantsByText.set(json, grants);
  return grants;
}

function frozenNetworks(json: string): readonly Network[] {
  return Object.freeze(readNetworks(JSON.parse(json)).map(network => Object.freeze(network)));
}

const SHARED_MAX = 10_000;
const owners = new Map<string, Facts['owner']>();
const accounts = new Map<string, Facts['account']>();

/** The same owners and accounts stand behind many keys: one frozen object for all that are alike keeps them near in memory. */
function ownerOf(id: string, kind: OwnerKind, name: string, role: Role, active: boolean): Facts['owner'] {
  const known = owners.get(id);
  if (known?.name === name && known.role === role && known.active === active) return known;
  return share(owners, { kind, id, name, role, active });
}

function accountOf(id: string, active: boolean): Facts['account'] {
  const known = accounts.get(id);
  return known?.active === active ? known : share(accounts, { id, active });
}

function share<Part extends { readonly id: string }>(parts: Map<string, Part>, part: Part): Part {
  if (parts.size >= SHARED_MAX) parts.clear();
  parts.set(part.id, Object.freeze(part));
  return part;
}
