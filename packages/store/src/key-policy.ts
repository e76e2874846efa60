import { DEFAULT_KEY_POLICY, type KeyPolicy, tightened } from '@keywright/core';
import type { Db, Tx } from './database.ts';

/** The rules of an account or of one of its projects, with where they come from. */
export interface KeyRules {
  account: { id: string; name: string; policy: KeyPolicy };
  /** The rules that the project sets itself. */
  project: { id: string; name: string; own: Partial<KeyPolicy> } | undefined;
  /** What holds: those of the account and those of the project. */
  policy: KeyPolicy;
  /** From when on idle days count. */
  idleSince: number;
}

/** The rules of the account, which must exist, or of its project; undefined when there is no such project in it. */
export async function findKeyRules(db: Db, account: string, project: string | null): Promise<KeyRules | undefined> {
  const of = await db
    .selectFrom('accounts')
    .select(['id', 'name', 'key_policy', 'idle_since'])
    .where('id', '=', account)
    .executeTakeFirstOrThrow();
  const policy = readPolicy(of.key_policy);
  const rules = {
    account: { id: of.id, name: of.name, policy },
    policy,
    project: undefined,
    idleSince: of.idle_since ?? 0,
  };
  if (project === null) return rules;
  const within = await db
    .selectFrom('projects')
    .select(['id', 'name', 'key_policy', 'idle_since'])
    .where('account_id', '=', account)
    .where('id', '=', project)
    .executeTakeFirst();
  if (within === undefined) return undefined;
  const own: Partial<KeyPolicy> = JSON.parse(within.key_policy); // as updateKeyRules wrote it
  const both = tightened(policy, own);
  // The tighter rule is the one that holds, from when it does.
  const idleSince = both.idleDaysMax === policy.idleDaysMax ? rules.idleSince : (within.idle_since ?? 0);
  return { ...rules, project: { id: within.id, name: within.name, own }, policy: both, idleSince };
}

/** A rule added later has its default in accounts made before. */
export function readPolicy(json: string): KeyPolicy {
  return { ...DEFAULT_KEY_POLICY, ...JSON.parse(json) };
}

/** Writes the rules of the account, or the own ones of the project. `idleSince` is from when on idle days count: null for a project without such a rule. */
export async function updateKeyRules(
  tx: Tx,
  place: { account: string; project: string | undefined },
  rules: Partial<KeyPolicy>,
  idleSince: number | null | undefined,
): Promise<void> {
  const set = { key_policy: JSON.stringify(rules), idle_since: idleSince };
  if (place.project === undefined) await tx.updateTable('accounts').set(set).where('id', '=', place.account).execute();
  else await tx.updateTable('projects').set(set).where('id', '=', place.project).execute();
}
