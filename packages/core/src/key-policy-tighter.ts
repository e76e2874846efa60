import { inAccord, type KeyPolicy, narrower, POLICY_RULES, type PolicyRule } from './key-policy.ts';

/** How two values of a rule compare: whether the inner allows nothing that the outer does not, and what holds where both do. */
interface Comparison<Value> {
  within: (inner: Value, outer: Value) => boolean;
  both: (outer: Value, inner: Value) => Value;
}

const limit: Comparison<number | null> = {
  within: (inner, outer) => outer === null || (inner !== null && inner <= outer),
  both: (outer, inner) => (outer === null ? inner : inner === null ? outer : Math.min(outer, inner)),
};
const demand: Comparison<boolean> = {
  within: (inner, outer) => inner || !outer,
  both: (outer, inner) => outer || inner,
};
/** A rule that only the account has. */
const ofAccount = {
  within: <Value>(inner: Value, outer: Value) => inner === outer,
  both: <Value>(outer: Value) => outer,
};

const COMPARISONS: { [Rule in PolicyRule]: Comparison<KeyPolicy[Rule]> } = {
  keysPerOwnerMax: limit,
  deleteRequiresInactive: demand,
  nameRequired: demand,
  lifetimeDaysMax: limit,
  permissionsAllowed: {
    within: (inner, outer) => outer === null || (inner?.every(one => outer.includes(one)) ?? false),
    both: (outer, inner) =>
      outer === null ? inner : inner === null ? outer : outer.filter(one => inner.includes(one)),
  },
  permissionDefault: { within: (inner, outer) => narrower(inner, outer) === inner, both: narrower },
  networksRequired: demand,
  idleDaysMax: limit,
  createdBy: {
    within: (inner, outer) => inner.every(role => outer.includes(role)),
    both: (outer, inner) => outer.filter(role => inner.includes(role)),
  },
  noticeDays: ofAccount,
  tokenPrefix: ofAccount,
};

/** The rules that hold in a project: the account's and the project's own, both. */
export function tightened(account: KeyPolicy, own: Partial<KeyPolicy>): KeyPolicy {
  const policy: KeyPolicy = { ...account };
  for (const rule of rulesOf(own)) applyRule(policy, own, rule);
  return inAccord(policy);
}

function applyRule<Rule extends PolicyRule>(policy: KeyPolicy, own: Partial<KeyPolicy>, rule: Rule): void {
  const value = own[rule];
  if (value !== undefined) policy[rule] = COMPARISONS[rule].both(policy[rule], value);
}

/** The rules that allow something that the outer policy does not. */
export function looserRules(own: Partial<KeyPolicy>, outer: KeyPolicy): PolicyRule[] {
  return rulesOf(own).filter(rule => !isWithin(rule, own, outer));
}

/** The rules that forbid something, from one policy to the next, that was allowed before. */
export function tighterRules(from: KeyPolicy, to: KeyPolicy): PolicyRule[] {
  return looserRules(from, to);
}

function isWithin<Rule extends PolicyRule>(rule: Rule, own: Partial<KeyPolicy>, outer: KeyPolicy): boolean {
  const value = own[rule];
  return value === undefined || COMPARISONS[rule].within(value, outer[rule]);
}

function rulesOf(own: Partial<KeyPolicy>): PolicyRule[] {
  return POLICY_RULES.filter(rule => own[rule] !== undefined);
}
