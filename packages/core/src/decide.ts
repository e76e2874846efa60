import type { Charged } from './charge.ts';
import type { Asked, Facts } from './facts.ts';
import { addressInNetworks } from './networks.ts';
import { type Action, isReadingAction, permits } from './permission.ts';

/** Why a key may not pass, in the order in which they are looked at. */
export const REASONS = [
  'malformed',
  'unknown',
  'inactive',
  'not_yet_valid',
  'expired',
  'owner_inactive',
  'account_inactive',
  'network_not_allowed',
  'project_mismatch',
  'permission_denied',
  'rate_limited',
  'quota_exhausted',
] as const;
export type Reason = (typeof REASONS)[number];

/** `charged` says how the limits of the key stand, where it has any. */
export type Decision = { allowed: true; facts: Facts; charged?: Charged } | Refusal;
/** `missing` names the permission that the key lacks, for `permission_denied`. */
export type Refusal = { allowed: false; reason: Reason; missing?: string; facts?: Facts; charged?: Charged };

type Rule = (facts: Facts, asked: Asked, at: number) => boolean;

/** The first row that holds refuses the key. */
const RULES: readonly { reason: Reason; holds: Rule }[] = [
  { reason: 'unknown', holds: (facts, asked) => asked.account !== undefined && asked.account !== facts.account.id },
  { reason: 'inactive', holds: facts => !facts.enabled },
  { reason: 'not_yet_valid', holds: (facts, _, at) => facts.notBefore !== null && at < facts.notBefore },
  { reason: 'expired', holds: (facts, _, at) => facts.expiresAt !== null && at >= facts.expiresAt },
  { reason: 'owner_inactive', holds: facts => !facts.owner.active },
  { reason: 'account_inactive', holds: facts => !facts.account.active },
  {
    reason: 'network_not_allowed',
    holds: (facts, asked) => facts.networks.length > 0 && !addressInNetworks(asked.address ?? '', facts.networks),
  },
  { reason: 'project_mismatch', holds: (facts, asked) => facts.project !== asked.project },
  { reason: 'permission_denied', holds: (facts, asked) => !asked.authenticateOnly && !isPermitted(facts, asked) },
];

/** Nobody's key writes where they may only look. */
export function isPermitted(facts: Facts, action: Action): boolean {
  return permits(facts, action) && (facts.owner.role !== 'viewer' || isReadingAction(action));
}

const UNKNOWN: Refusal = Object.freeze({ allowed: false, reason: 'unknown' });

/** Decides for facts whose secret was proven; undefined facts (no such key, wrong secret, deleted) are all `unknown`. */
export function decide(facts: Facts | undefined, asked: Asked, at: number): Decision {
  if (facts === undefined) return UNKNOWN;
  for (const rule of RULES) {
    if (rule.holds(facts, asked, at)) return refuse(rule.reason, facts, asked);
  }
  return { allowed: true, facts };
}

function refuse(reason: Reason, facts: Facts, asked: Asked): Refusal {
  if (reason === 'unknown') return UNKNOWN;
  if (reason !== 'permission_denied') return { allowed: false, reason, facts };
  return { allowed: false, reason, missing: missingPermission(facts, asked), facts };
}

/** What the key would need: for a restricted one the endpoint at its API, for others reading or writing. */
export function missingPermission(facts: Facts, action: Action): string {
  const needed = isReadingAction(action) ? 'read_only' : 'read_write';
  if (facts.permission !== 'restricted') return needed;
  if (permits(facts, action)) return `${needed}, and its owner may only look`;
  if (action.api === undefined)
    return `${needed}, and no API was named: a restricted key works at the APIs it was given`;
  return `${action.api}: ${action.endpoint?.id ?? needed}`;
}
