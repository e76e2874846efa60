import type { Reason } from './decide.ts';
import { type Network, networkWithin } from './networks.ts';
import type { PermittedSets } from './permission.ts';
import { loosenedQuotas, loosenedRates, type UseLimits } from './use-limits.ts';
import { permittedWithin } from './within.ts';

export const KEY_STATES = ['active', 'inactive', 'expired', 'not_yet_valid'] as const;
export type KeyState = (typeof KEY_STATES)[number];

interface Validity {
  enabled: boolean;
  notBefore: number | null;
  expiresAt: number | null;
  /** Its project is archived. */
  archived?: boolean;
}

/** The state shown, judged in the order in which verify judges. */
export function keyState({ enabled, notBefore, expiresAt, archived }: Validity, at: number): KeyState {
  if (!enabled || archived) return 'inactive';
  if (notBefore !== null && at < notBefore) return 'not_yet_valid';
  if (expiresAt !== null && at >= expiresAt) return 'expired';
  return 'active';
}

/** `deactivate` and `activate` are reversible and may be repeated; `delete` is final. Returns why it is forbidden. */
export function whyNotDelete(enabled: boolean, deleteRequiresInactive: boolean): string | undefined {
  return enabled && deleteRequiresInactive
    ? 'Only an inactive access key can be deleted: the key policy asks for it. Deactivate it first.'
    : undefined;
}

/** The part of a key that bounds what it may do. */
export interface Reach extends PermittedSets, UseLimits {
  networks: readonly Network[];
  project: string | null;
  expiresAt: number | null;
}

/** A key can not make a key that is broader or longer-lived than itself. Returns the fields in which it would be. */
export function broaderFields(inner: Reach, outer: Reach): (keyof Reach)[] {
  const broader: (keyof Reach)[] = [];
  if (!permittedWithin(inner, outer)) broader.push('permission');
  if (!networksWithin(inner.networks, outer.networks)) broader.push('networks');
  if (outer.project !== null && inner.project !== outer.project) broader.push('project');
  if (outer.expiresAt !== null && (inner.expiresAt === null || inner.expiresAt > outer.expiresAt))
    broader.push('expiresAt');
  if (loosenedRates(inner.rateLimits, outer.rateLimits).length > 0) broader.push('rateLimits');
  if (loosenedQuotas(inner.quotas, outer.quotas).length > 0) broader.push('quotas');
  return broader;
}

function networksWithin(inner: readonly Network[], outer: readonly Network[]): boolean {
  if (outer.length === 0) return true;
  return inner.length > 0 && inner.every(network => networkWithin(network, outer));
}

/** What each reason means to the person whose key was refused. */
export const REASON_TEXT: Record<Reason, string> = {
  malformed: 'The credential has not the form of an access key, or came in two places at once.',
  unknown: 'There is no such access key, or its secret is wrong.',
  inactive: 'The access key was deactivated, or its project is archived.',
  not_yet_valid: 'The access key is not valid yet.',
  expired: 'The access key has expired.',
  owner_inactive: 'The owner of the access key is inactive.',
  account_inactive: 'The account of the access key is inactive.',
  network_not_allowed: 'The access key may not be used from this address.',
  project_mismatch: 'The access key works for its own project only.',
  permission_denied: 'The access key lacks the permission for this.',
  rate_limited: 'The access key made too many requests.',
  quota_exhausted: 'The quota of the access key is used up.',
};
