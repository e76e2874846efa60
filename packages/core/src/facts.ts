import type { EndpointMatcher } from './endpoints.ts';
import type { KeyDigest, KeyId } from './ids.ts';
import type { Network } from './networks.ts';
import type { Action, GrantSets, Permission } from './permission.ts';
import type { Role } from './roles.ts';
import type { HeldLimits } from './use-limits.ts';

export const OWNER_KINDS = ['member', 'service_account'] as const;
export type OwnerKind = (typeof OWNER_KINDS)[number];

/** Everything that a decision about one key needs. Times are milliseconds since 1970. */
export interface Facts {
  readonly key: KeyId;
  readonly name: string | null;
  readonly enabled: boolean;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  /** What it may do now: its own permission within the role of its owner. */
  readonly permission: Permission;
  /** What a restricted key may do at each API. */
  readonly grants: GrantSets;
  readonly networks: readonly Network[];
  readonly project: string | null;
  readonly owner: {
    readonly kind: OwnerKind;
    readonly id: string;
    readonly name: string;
    readonly role: Role;
    readonly active: boolean;
  };
  readonly account: { readonly id: string; readonly active: boolean };
  /** How often it may be used: its own limits and those of its owner and account; empty for a key without any. */
  readonly limits: readonly HeldLimits[];
}

/** The same with what proves the key. */
export interface ProvableFacts extends Facts {
  readonly digest: KeyDigest;
}

/** Everything that verify needs to know of one API. */
export interface ApiFacts {
  readonly id: string;
  readonly account: string;
  /** An API of a project is reached by keys of that project only. */
  readonly project: string | null;
  readonly endpoints: EndpointMatcher;
}

/** What a request asks for. What is not said is not granted: no address lies in no network, no method counts as writing. */
export interface Asked extends Action {
  readonly project: string | null;
  readonly path?: string | undefined;
  readonly address?: string | undefined;
  /** What made the request, for the last use of the key. */
  readonly agent?: string | undefined;
  /** Only keys of this account; those of others are unknown. */
  readonly account?: string | undefined;
  /** Who comes is all that is asked: what they do is judged where that is known. */
  readonly authenticateOnly?: true;
  /** What it takes from rate limits and quotas; 1 unless told. 0 asks whether anything is left, and takes nothing. */
  readonly cost?: number | undefined;
  /** Takes that much instead, until it is settled what it has cost. */
  readonly reserve?: number | undefined;
  /** Rate limits and quotas do not count. */
  readonly unlimited?: true | undefined;
}
