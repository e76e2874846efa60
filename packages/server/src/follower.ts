import { KeywrightError, limits } from '@keywright/core';
import type { StoredVerifier } from '@keywright/store';

/** A node or a verifier as the others know it. Times are milliseconds since 1970. */
export interface Announced {
  kind: 'node' | 'verifier';
  id: string;
  name: string | null;
  version: string | null;
  /** Nodes decide for all accounts. */
  account: string | null;
  project: string | null;
  connectedAt: number;
  /** The owner of the key that a verifier connected with. */
  by: string | null;
  seenAt: number;
  sequence: number;
  lagMs: number | null;
  entries: number | null;
  hitRate: number | null;
  staleMaxMs: number | null;
  onStale: 'refuse' | 'serve' | null;
}

/** Whose followers are meant: verifiers of the account, of one of its projects where one is given, and all nodes. */
export interface Where {
  account: string;
  project?: string | undefined;
}

/** The same, with the owner of the key that speaks for a verifier. */
export interface Speaker extends Where {
  by: string;
}

/** What a verifier says when it connects. */
export type Verifying = StoredVerifier;

/** A verifier that may decide alone for ever is named for so long after its last word. */
const SERVES_FOR_MS = 86_400_000;

/** A verifier of which nothing was heard since it connected. */
export function silent(verifier: Verifying): Announced {
  const { connectedAt: seenAt } = verifier;
  return { ...verifier, kind: 'verifier', seenAt, sequence: 0, lagMs: null, entries: null, hitRate: null };
}

export function saysTheSame(a: Announced, b: Verifying): boolean {
  return a.staleMaxMs === b.staleMaxMs && a.onStale === b.onStale && a.name === b.name && a.version === b.version;
}

export function isSamePlace(a: Announced, b: Verifying): boolean {
  return a.kind === 'verifier' && a.account === b.account && a.project === b.project && a.by === b.by;
}

/** For how long it may decide by what it knew when it said its last word. */
export function leaseOf(follower: Pick<Announced, 'staleMaxMs'> & Partial<Announced>): number {
  return follower.onStale === 'serve' ? SERVES_FOR_MS : connectedForMs(follower);
}

/** For how long it counts as connected after its last word: one that serves on is named for longer. */
export function connectedForMs({ staleMaxMs }: Pick<Announced, 'staleMaxMs'>): number {
  return staleMaxMs ?? limits.staleMsDefault;
}

export function unknownVerifier(): KeywrightError {
  return new KeywrightError('not_found', 'There is no such verifier: it has to connect to the changes again.');
}
