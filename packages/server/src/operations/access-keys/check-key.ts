import {
  broaderFields,
  grantSets,
  type KeyPolicy,
  KeywrightError,
  policyProblems,
  reachOf,
  readNetworks,
} from '@keywright/core';
import type { KeyFields } from '@keywright/store';
import type { Caller } from '../../callers/caller.ts';
import { looserLimits } from '../limits/check-limits.ts';

type Draft = KeyFields & { project: string | null; createdAt: number };

/** Checks what a key is about to be: against itself, the key policy, and the key that calls. Throws `invalid_value` or `broader_key`. */
export function checkKey(draft: Draft, policy: KeyPolicy, caller: Caller): void {
  const problems = policyProblems(policy, draft);
  if (draft.expiresAt !== null && draft.notBefore !== null && draft.expiresAt <= draft.notBefore) {
    problems.push({
      field: 'expiresAt',
      rule: 'order',
      message: 'The key would expire before it begins: choose a time after notBefore.',
    });
  }
  if (problems.length > 0) {
    throw new KeywrightError(
      'invalid_value',
      problems.map(problem => `${problem.field}: ${problem.message}`).join('; '),
      problems,
    );
  }
  if (caller.key !== undefined) checkNotBroader(draft, caller.key);
}

function checkNotBroader(draft: Draft, calling: NonNullable<Caller['key']>): void {
  const outer = reachOf(calling);
  const broader = broaderFields(
    { ...draft, networks: readNetworks(draft.networks), grants: grantSets(draft.grants) },
    outer,
  );
  if (broader.length === 0) return;
  const looser = looserLimits(outer, draft);
  const message = (field: string) => {
    const how = looser.find(one => one.field === field)?.message;
    return `must not go beyond the access key that makes this call${how === undefined ? '' : `: ${how}`}`;
  };
  const problems = broader.map(field => ({ field, rule: 'broader_key', message: message(field) }));
  throw new KeywrightError(
    'broader_key',
    `An access key can not make a key that goes beyond itself in: ${broader.join(', ')}.`,
    problems,
  );
}
