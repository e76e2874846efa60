import {
  type Facts,
  type KeyDigest,
  type KeyId,
  type Network,
  parseNetwork,
  permissionWithinRole,
} from '@keywright/core';
import type { CompiledQuery, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

export type FactsRow = Awaited<ReturnType<ReturnType<typeof selectFacts>['executeTakeFirstOrThrow']>>;

function selectFacts(db: Kysely<Tables>, key: string) {
  return db
    .selectFrom('access_keys as k')
    .innerJoin('owners as o', 'o.id', 'k.owner_id')
    .innerJoin('accounts as a', 'a.id', 'k.account_id')
    .select([
      'k.key',
      'k.digest',
      'k.name',
      'k.enabled',
      'k.not_before',
      'k.expires_at',
      'k.permission',
      'k.networks',
      'k.project_id',
      'k.account_id',
    ])
    .select([
      'o.id as owner_id',
      'o.kind',
      'o.name as owner_name',
      'o.role',
      'o.active as owner_active',
      'a.active as account_active',
    ])
    .where('k.key', '=', key);
}

/** The one joined row behind a verify, compiled once: its only parameter is the key. */
export function factsQuery(db: Kysely<Tables>): CompiledQuery {
  return selectFacts(db, '').compile();
}

export function factsOf(row: FactsRow): Facts {
  return Object.freeze({
    key: row.key as KeyId, // only parsed key ids are ever stored
    digest: Buffer.from(row.digest).toString('latin1') as KeyDigest, // of 32 bytes, as inserted
    name: row.name,
    enabled: row.enabled === 1,
    notBefore: row.not_before,
    expiresAt: row.expires_at,
    permission: permissionWithinRole(row.permission, row.role),
    networks: row.networks === '[]' ? NO_NETWORKS : readNetworks(row.networks),
    project: row.project_id,
    owner: shared({
      kind: row.kind,
      id: row.owner_id,
      name: row.owner_name,
      role: row.role,
      active: row.owner_active === 1,
    }),
    account: shared({ id: row.account_id, active: row.account_active === 1 }),
  });
}

const NO_NETWORKS: readonly Network[] = Object.freeze([]);

function readNetworks(json: string): readonly Network[] {
  const texts: string[] = JSON.parse(json);
  const networks = texts.map(text => {
    const network = parseNetwork(text);
    // Never to be widened: a network that cannot be read must not become no restriction.
    if (network === undefined) throw new Error(`unreadable network in the database: ${text}`);
    return Object.freeze(network);
  });
  return Object.freeze(networks);
}

const SHARED_MAX = 10_000;
const sharedParts = new Map<string, { readonly id: string }>();

/** The same owners and accounts stand behind many keys: one frozen object for all that are alike keeps them near in memory. */
function shared<Part extends { readonly id: string }>(part: Part): Part {
  const text = JSON.stringify(part);
  const known = sharedParts.get(text);
  if (known !== undefined) return known as Part; // the same text comes from the same form
  if (sharedParts.size >= SHARED_MAX) sharedParts.clear();
  sharedParts.set(text, Object.freeze(part));
  return part;
}
