import { idleDueAt, type KeyPolicy, type PolicyRule, tighterRules } from '@keywright/core';
import type { ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';
import { changedRules, presentRules, rulesAt } from './key-rules.ts';
import { type TouchedItem, touchedBy } from './touched-by.ts';

/** Rules that hold for new keys alone. */
const TOUCH_NOTHING: readonly PolicyRule[] = ['permissionDefault', 'noticeDays', 'tokenPrefix'];

export const previewKeyPolicy: ReadHandler<'previewKeyPolicy'> = async (context, { limit, ...change }) => {
  const { db, at } = context;
  const before = await rulesAt(context, change.project);
  const after = changedRules(before, change);
  const { policy } = after;
  const rules = tighterRules(before.policy, policy).filter(rule => !TOUCH_NOTHING.includes(rule));
  const place = { account: after.account.id, project: after.project?.id, at, limit };
  const touched = rules.length === 0 ? [] : [...(await touchedBy(db, place, policy, rules))];
  // Idle days count from the change on; all other rules hold at once.
  const fromOf = (rule: PolicyRule) => timeText(rule === 'idleDaysMax' ? idleDueAt(policy, at, at) : at);
  return {
    policy: presentRules(after),
    rules: touched.map(([rule, { keys, owners }]) => ({
      rule,
      from: fromOf(rule),
      keys,
      owners,
      effect: EFFECTS[rule](policy),
    })),
    items: touched.flatMap(([rule, { items }]) =>
      items.map(item => ({
        rule,
        from: fromOf(rule),
        key: item.key?.key ?? null,
        name: item.key?.name ?? null,
        owner: { kind: item.owner.kind, id: item.owner.id, name: item.owner.name },
        reason: REASONS[rule](item),
      })),
    ),
  };
};

const nothing = () => '';

/** What a rule means for what it touches. */
const EFFECTS: Record<PolicyRule, (policy: KeyPolicy) => string> = {
  keysPerOwnerMax: ({ keysPerOwnerMax }) =>
    `These owners can create no key until they have fewer than ${keysPerOwnerMax}.`,
  deleteRequiresInactive: () => 'These keys can be deleted only after they were deactivated.',
  nameRequired: () => 'These keys go on working; from now on a key must have a name when its name is changed.',
  lifetimeDaysMax: ({ lifetimeDaysMax }) =>
    `These keys keep their expiry; one that is changed must lie within ${lifetimeDaysMax} days of the creation.`,
  permissionsAllowed: ({ permissionsAllowed }) =>
    `These keys keep their permission; one that is changed must be one of: ${permissionsAllowed?.join(', ') || 'none'}.`,
  networksRequired: () => 'These keys go on working from everywhere; networks that are changed must not be empty.',
  idleDaysMax: ({ noticeDays }) =>
    `These keys are deactivated then at the earliest, if they stay unused; their owners get a notice ${noticeDays} days before.`,
  createdBy: () => 'These owners can create no more keys; the keys that they have go on working.',
  permissionDefault: nothing,
  noticeDays: nothing,
  tokenPrefix: nothing,
};

/** Why the rule touches this one. */
const REASONS: Record<PolicyRule, (item: TouchedItem) => string> = {
  keysPerOwnerMax: ({ owned }) => `has ${owned} ${owned === 1 ? 'access key' : 'access keys'}`,
  deleteRequiresInactive: () => 'is active',
  nameRequired: () => 'has no name',
  lifetimeDaysMax: ({ key }) => (key?.expiresAt ? `expires ${timeText(key.expiresAt)}` : 'never expires'),
  permissionsAllowed: ({ key }) => `has the permission ${key?.permission}`,
  networksRequired: () => 'may be used from everywhere',
  idleDaysMax: ({ key }) => (key?.lastUsedAt ? `was last used ${timeText(key.lastUsedAt)}` : 'was never used'),
  createdBy: ({ owner }) => `has the role ${owner.role}`,
  permissionDefault: nothing,
  noticeDays: nothing,
  tokenPrefix: nothing,
};
