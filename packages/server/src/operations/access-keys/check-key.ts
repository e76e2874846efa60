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
  const broader = broaderFields(
    { ...draft, networks: readNetworks(draft.networks), grants: grantSets(draft.grants) },
    reachOf(calling),
  );
  if (broader.length === 0) return;
  const problems = broader.map(field => ({
    field,
    rule: 'broader_key',
    message: 'must not go beyond the access key that makes this call',
  }));
  throw new KeywrightError(
    'broader_key',
    `An access key can not make a key that goes beyond itself in: ${broader.join(', ')}.`,
    problems,
  );
}
