import { isDeepStrictEqual } from 'node:util';
import type { OutputOf } from '@keywright/contract';
import {
  inAccord,
  invalid,
  KEY_POLICY_PRESETS,
  type KeyPolicy,
  type KeyPolicyPreset,
  KeywrightError,
  looserRules,
  POLICY_RULES,
  type PolicyRule,
  tightened,
} from '@keywright/core';
import { findKeyRules, type KeyRules } from '@keywright/store';
import { callerOf, type ReadContext } from '../../context.ts';

/** The rules of the account, or of the project that is named or at whose endpoint the call came in. */
export async function rulesAt(context: ReadContext, named: string | undefined): Promise<KeyRules> {
  const { project = named } = context;
  if (named !== undefined && named !== project) throw new KeywrightError('not_found', `There is no project ${named}.`);
  return keyRules(context, project ?? null);
}

/** The rules for a key of the project, or of none. */
export async function keyRules(context: ReadContext, project: string | null): Promise<KeyRules> {
  const rules = await findKeyRules(context.db, callerOf(context).account, project);
  if (rules === undefined) throw new KeywrightError('not_found', `There is no project ${project}.`);
  return rules;
}

export function presentRules({ policy, project }: KeyRules): OutputOf<'getKeyPolicy'> {
  return project === undefined ? policy : { ...policy, project: project.id, own: project.own };
}

type Change = { [Rule in PolicyRule]?: KeyPolicy[Rule] | undefined } & {
  preset?: KeyPolicyPreset | undefined;
  project?: string | undefined;
};

/** The rules as they would be after the change. Throws `invalid_value` for a rule that can not be. */
export function changedRules(before: KeyRules, change: Change): KeyRules {
  const given = givenRules(change);
  const wanted = { ...before.policy, ...given };
  const policy = inAccord(wanted);
  if (given.permissionDefault !== undefined && policy.permissionDefault !== given.permissionDefault) {
    const allowed = policy.permissionsAllowed?.join(', ');
    throw invalid('permissionDefault', 'permissionsAllowed', `must be one of the permissions allowed: ${allowed}`);
  }
  if (before.project === undefined) return { ...before, account: { ...before.account, policy }, policy };
  refuseLooser(given, before.account.policy);
  const own = ownRules(policy, before.account.policy, { ...before.project.own, ...given });
  return { ...before, project: { ...before.project, own }, policy: tightened(before.account.policy, own) };
}

function givenRules({ preset, ...change }: Change): Partial<KeyPolicy> {
  const given = POLICY_RULES.filter(rule => change[rule] !== undefined).map(rule => [rule, change[rule]]);
  return { ...(preset && KEY_POLICY_PRESETS[preset].rules), ...Object.fromEntries(given) };
}

function refuseLooser(given: Partial<KeyPolicy>, account: KeyPolicy): void {
  const looser = looserRules(given, account);
  if (looser.length === 0) return;
  const problems = looser.map(field => ({
    field,
    rule: 'looser',
    message: `a project can only tighten the rules of its account, which say: ${JSON.stringify(account[field])}`,
  }));
  const detail = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new KeywrightError('invalid_value', detail, problems);
}

/** What the project sets itself: a rule that is the same as its account's is none of its own. */
function ownRules(policy: KeyPolicy, account: KeyPolicy, rules: Partial<KeyPolicy>): Partial<KeyPolicy> {
  const own = POLICY_RULES.filter(rule => rules[rule] !== undefined && !isDeepStrictEqual(policy[rule], account[rule]));
  return Object.fromEntries(own.map(rule => [rule, policy[rule]]));
}

/** The rules that differ, with what they were and will be. */
export function ruleChanges(
  from: KeyPolicy,
  to: KeyPolicy,
): Partial<Record<PolicyRule, { from: unknown; to: unknown }>> {
  const changed = POLICY_RULES.filter(rule => !isDeepStrictEqual(from[rule], to[rule]));
  return Object.fromEntries(changed.map(rule => [rule, { from: from[rule], to: to[rule] }]));
}
