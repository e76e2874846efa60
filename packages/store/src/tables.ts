import type { OwnerKind, Permission, Role } from '@keywright/core';
import type { Generated } from 'kysely';

/**
 * The tables, alike in SQLite and PostgreSQL. Times are milliseconds since 1970, flags 0 or 1, lists JSON
 * texts. `sort_name` is the lower-cased name, by which lists are sorted; `search` holds all the words that a search looks at.
 */
export interface Tables {
  accounts: { id: string; name: string; active: number; key_policy: string; created_at: number };
  /** Who can own keys: the common part of members and service accounts. */
  owners: {
    id: string;
    account_id: string;
    kind: OwnerKind;
    name: string;
    role: Role;
    active: number;
    created_at: number;
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
  projects: { id: string; account_id: string; name: string; description: string | null; created_at: number };
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
    expires_at: number | null;
    not_before: number | null;
    networks: string;
    tags: string;
    legacy: number;
    created_at: number;
    sort_name: string | null;
    search: string;
  };
  /** One row for each key; `at` is null until its first use. */
  last_uses: { key: string; at: number | null; address: string | null; user_agent: string | null; api: string | null };
  /** Uses that were put by: JSON of [key, at, address, agent, api] rows. */
  use_batches: { id: Generated<number>; uses: string };
  used_days: { key: string; day: number; count: number };
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
    /** Whose concern it is, besides the actor: the owner of the key. */
    owner_id: string | null;
    target_kind: string;
    target_id: string;
    target_name: string | null;
    details: string;
    address: string | null;
    hash: Uint8Array;
  };
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
