import { setImmediate as breathe } from 'node:timers/promises';
import { CREATOR_ROLES, DAY_MS, type KeyPolicy, type PolicyRule, policyProblems } from '@keywright/core';
import {
  type After,
  type Db,
  FROM_THE_FIRST,
  type GovernedRow,
  governedKeys,
  type OwnerRow,
  ownersById,
  ownersInRoles,
} from '@keywright/store';

const KEYS_AT_ONCE = 500;

export interface TouchedItem {
  owner: OwnerRow;
  /** None where the rule touches the owner, not a key. */
  key: GovernedRow | undefined;
  /** How many keys the owner has, where the rule counts them. */
  owned: number;
}

export interface Touched {
  keys: number;
  owners: number;
  items: TouchedItem[];
}

interface Place {
  account: string;
  project: string | undefined;
  at: number;
  /** How many to name for each rule. */
  limit: number;
}

/** What each of these rules of the policy would touch in the account, or in the project. */
export async function touchedBy(
  db: Db,
  place: Place,
  policy: KeyPolicy,
  rules: readonly PolicyRule[],
): Promise<Map<PolicyRule, Touched>> {
  const counted = await countKeys(db, place, policy);
  const touched = new Map<PolicyRule, Touched>();
  for (const rule of rules) {
    if (rule === 'createdBy') touched.set(rule, await whoCanCreateNoMore(db, place, policy));
    else if (rule === 'keysPerOwnerMax') touched.set(rule, await whoIsFull(db, place, policy, counted));
    else touched.set(rule, await whatBreaks(db, place, rule, counted));
  }
  return touched;
}

interface Counted {
  /** By the rule that they do not keep. */
  broken: Map<string, { keys: number; owners: Set<string>; first: GovernedRow[] }>;
  /** How many keys each owner has. */
  owned: Map<string, number>;
}

/** Goes once through all keys of the place, a page at a time. */
async function countKeys(db: Db, place: Place, policy: KeyPolicy): Promise<Counted> {
  const counted: Counted = { broken: new Map(), owned: new Map() };
  let after: After | undefined = FROM_THE_FIRST;
  while (after !== undefined) {
    const page: GovernedRow[] = await governedKeys(db, place, after, KEYS_AT_ONCE);
    for (const key of page) countKey(counted, key, rulesTouching(key, policy, place.at), place.limit);
    const last = page.length === KEYS_AT_ONCE ? page.at(-1) : undefined;
    after = last && { at: last.createdAt, key: last.key };
    // SQLite answers at once: let requests in between.
    await breathe();
  }
  return counted;
}

function countKey({ broken, owned }: Counted, key: GovernedRow, rules: readonly string[], limit: number): void {
  owned.set(key.owner, (owned.get(key.owner) ?? 0) + 1);
  for (const rule of rules) {
    const of = broken.get(rule) ?? { keys: 0, owners: new Set(), first: [] };
    broken.set(rule, of);
    of.keys += 1;
    of.owners.add(key.owner);
    if (of.first.length < limit) of.first.push(key);
  }
}

async function whatBreaks(db: Db, { account }: Place, rule: PolicyRule, { broken }: Counted): Promise<Touched> {
  const of = broken.get(rule);
  if (of === undefined) return { keys: 0, owners: 0, items: [] };
  const { keys, owners, first } = of;
  const known = await ownersById(db, account, [...new Set(first.map(key => key.owner))]);
  const items = first.flatMap(key => itemOf(known.get(key.owner), key, 0));
  return { keys, owners: owners.size, items };
}

/** The owners who have as many keys as they may, those with the most first. */
async function whoIsFull(db: Db, place: Place, { keysPerOwnerMax }: KeyPolicy, { owned }: Counted): Promise<Touched> {
  const full = [...owned].filter(([, count]) => count >= (keysPerOwnerMax ?? Number.POSITIVE_INFINITY));
  const first = full.toSorted((a, b) => b[1] - a[1]).slice(0, place.limit);
  const known = await ownersById(
    db,
    place.account,
    first.map(([id]) => id),
  );
  return {
    keys: 0,
    owners: full.length,
    items: first.flatMap(([id, count]) => itemOf(known.get(id), undefined, count)),
  };
}

async function whoCanCreateNoMore(db: Db, { account, limit }: Place, { createdBy }: KeyPolicy): Promise<Touched> {
  const roles = CREATOR_ROLES.filter(role => !createdBy.includes(role));
  const { count, first } = await ownersInRoles(db, account, roles, limit);
  return { keys: 0, owners: count, items: first.flatMap(owner => itemOf(owner, undefined, 0)) };
}

/** Nothing of an owner who has gone meanwhile. */
function itemOf(owner: OwnerRow | undefined, key: GovernedRow | undefined, owned: number): TouchedItem[] {
  return owner === undefined ? [] : [{ owner, key, owned }];
}

/** The rules that the key does not keep, or that would do something to it. */
function rulesTouching(key: GovernedRow, policy: KeyPolicy, at: number): string[] {
  const rules = policyProblems(policy, key).map(({ rule }) => rule);
  if (key.enabled) rules.push('deleteRequiresInactive');
  const unusedSince = key.lastUsedAt ?? key.createdAt;
  if (key.enabled && policy.idleDaysMax !== null && unusedSince <= at - policy.idleDaysMax * DAY_MS)
    rules.push('idleDaysMax');
  return rules;
}
