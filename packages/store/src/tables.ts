import type { NoticeKind, OwnerKind, Permission, Role } from '@keywright/core';
import type { Generated } from 'kysely';

/**
 * The tables, alike in SQLite and PostgreSQL. Times are milliseconds since 1970, flags 0 or 1, lists JSON
 * texts. `sort_name` is the lower-cased name, by which lists are sorted; `search` holds all the words that a search looks at.
 */
export interface Tables {
  accounts: {
    id: string;
    name: string;
    active: number;
    key_policy: string;
    created_at: number;
    /** From when on idle days of keys count: when the rule was set or became tighter. */
    idle_since: number | null;
    /** The account whose administrators act as administrators here. */
    managed_by: string | null;
    /** JSON: rate limits and quotas; null for none. So of owners and keys. */
    limits: string | null;
    sort_name: string;
  };
  /** Who can own keys: the common part of members and service accounts. */
  owners: {
    id: string;
    account_id: string;
    kind: OwnerKind;
    name: string;
    role: Role;
    active: number;
    created_at: number;
    limits: string | null;
    sort_name: string;
    search: string;
  };
  members: {
    id: string;
    account_id: string;
    /** Null until the invitation is accepted. */
    person_id: string | null;
    email: string;
    invitation_digest: Uint8Array | null;
    invitation_expires_at: number | null;
  };
  service_accounts: { id: string; description: string | null };
  projects: {
    id: string;
    account_id: string;
    name: string;
    description: string | null;
    created_at: number;
    archived_at: number | null;
    /** JSON: the rules that the project tightens. */
    key_policy: string;
    /** As in its account, where the project has a tighter rule of its own. */
    idle_since: number | null;
    sort_name: string;
    search: string;
  };
  apis: {
    id: string;
    account_id: string;
    project_id: string | null;
    name: string;
    description: string | null;
    /** What stands before the paths of imported documents; null for what they say themselves. */
    base_path: string | null;
    created_at: number;
    sort_name: string;
    search: string;
  };
  endpoints: {
    api_id: string;
    /** `METHOD /path/{}`: the same for the same method and template, whatever its parameters are called. */
    id: string;
    method: string;
    path: string;
    reads: number;
    name: string | null;
    summary: string | null;
    tag: string | null;
    search: string;
  };
  access_keys: {
    key: string;
    account_id: string;
    owner_id: string;
    creator_kind: string;
    creator_id: string;
    creator_name: string | null;
    project_id: string | null;
    digest: Uint8Array;
    name: string | null;
    description: string | null;
    enabled: number;
    permission: Permission;
    /** JSON: for each API by id, `read_write`, `read_only` or a list of endpoint ids. */
    grants: string;
    expires_at: number | null;
    not_before: number | null;
    networks: string;
    tags: string;
    legacy: number;
    limits: string | null;
    created_at: number;
    sort_name: string | null;
    search: string;
  };
  /** The APIs that the `grants` of keys name, so that the keys of an API are found by it. */
  granted_apis: { key: string; api_id: string; account_id: string };
  /** What an owner was told about a key: when, from when on it is so, and whether by mail. */
  key_notices: { key: string; kind: NoticeKind; at: number; due_at: number; mailed: number };
  /** How secrets that came from elsewhere are found (`lookup`) and proven (`scheme`, `hash`). */
  legacy_schemes: { scheme: string };
  legacy_secrets: { account_id: string; lookup: Uint8Array; key: string; scheme: string; hash: string };
  /** One row for each key; `at` is null until its first use. `later_at` is a use some minutes later on the same day, which did not move the key in their order. */
  last_uses: {
    key: string;
    account_id: string;
    at: number | null;
    later_at: number | null;
    address: string | null;
    user_agent: string | null;
    api: string | null;
  };
  /** Uses that were put by: JSON of [key, at, address, agent, api] rows. */
  use_batches: { id: Generated<number>; uses: string };
  used_days: { key: string; day: number; count: number };
  /** What was charged for uses whose cost is told later; `cost` is null until then. */
  reservations: {
    id: string;
    reserved: number;
    /** JSON: the account, the limits that were charged, and the quotas with their periods. */
    charged: string;
    lapses_at: number;
    cost: number | null;
    /** What of the cost no quota had left. */
    uncharged: number;
  };
  /** How far the quota of a key, an owner or an account is used up in a period, what nodes have leased included. */
  quota_counters: {
    subject: string;
    name: string;
    starts_at: number;
    ends_at: number;
    used: number;
    /** What the last lease was granted: how its statement tells. */
    granted: number;
  };
  events: {
    /** The order of the whole server, which the feed follows. */
    id: Generated<number>;
    account_id: string;
    /** The place in the chain of the account, from 1, without gaps. */
    seq: number;
    at: number;
    action: string;
    actor_kind: string;
    actor_id: string;
    actor_name: string | null;
    /** From where the actor acted, when it was another account. */
    actor_account_id: string | null;
    /** Whose concern it is, besides the actor: the owner of the key. */
    owner_id: string | null;
    target_kind: string;
    target_id: string;
    target_name: string | null;
    details: string;
    address: string | null;
    hash: Uint8Array;
  };
  /** The last event of each chain; one behind it may have been appended by a node of a version that did not note it yet. */
  chain_heads: { account_id: string; seq: number; hash: Uint8Array };
  /** Verifiers in applications that may still decide. */
  verifiers: {
    id: string;
    account_id: string;
    project_id: string | null;
    name: string | null;
    version: string | null;
    stale_max_ms: number;
    on_stale: 'refuse' | 'serve';
    connected_at: number;
    connected_by: string;
    /** The last batch of uses that it has reported. */
    batch: Generated<number>;
  } & Said;
  /** Processes of the server on this database (PostgreSQL only). */
  nodes: {
    id: string;
    name: string | null;
    version: string | null;
    stale_max_ms: number;
    connected_at: number;
    secret_mark: string | null;
  } & Said;
  idempotency_keys: {
    caller: string;
    digest: Uint8Array;
    operation: string;
    input: Uint8Array;
    /** JSON of `{answer}` to repeat, or of `{made}`, the id, where the answer held a secret. */
    answer: string;
    created_at: number;
  };
  /** The next four are better-auth's, with its names and forms: times are ISO texts. */
  people: {
    id: string;
    name: string;
    email: string;
    emailVerified: number;
    image: string | null;
    createdAt: string;
    updatedAt: string;
  };
  sign_ins: {
    id: string;
    accountId: string;
    providerId: string;
    userId: string;
    accessToken: string | null;
    refreshToken: string | null;
    idToken: string | null;
    accessTokenExpiresAt: string | null;
    refreshTokenExpiresAt: string | null;
    scope: string | null;
    password: string | null;
    createdAt: string;
    updatedAt: string;
  };
  sessions: {
    id: string;
    userId: string;
    token: string;
    expiresAt: string;
    createdAt: string;
    updatedAt: string;
    ipAddress: string | null;
    userAgent: string | null;
  };
  verifications: {
    id: string;
    identifier: string;
    value: string;
    expiresAt: string;
    createdAt: string;
    updatedAt: string;
  };
}

/** How a follower stands, as it says again and again. */
interface Said {
  /** Counts its words. */
  beat: Generated<number>;
  sequence: Generated<number>;
  lag_ms: number | null;
  entries: number | null;
  hit_rate: number | null;
}
