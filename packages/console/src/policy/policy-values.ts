import type { InputOf } from '@keywright/contract';
import { CREATOR_ROLES, type CreatorRole, type KeyPolicy, PERMISSIONS, type Permission } from '@keywright/core';

/** What the form of a key policy holds; number inputs hold an empty text for no limit. */
export interface PolicyValues {
  keysPerOwnerMax: number | string;
  lifetimeDaysMax: number | string;
  idleDaysMax: number | string;
  noticeDays: number | string;
  deleteRequiresInactive: boolean;
  nameRequired: boolean;
  networksRequired: boolean;
  permissionsAllowed: Permission[];
  permissionDefault: Permission;
  createdBy: CreatorRole[];
  tokenPrefix: string;
}

export function valuesOf(policy: KeyPolicy): PolicyValues {
  return {
    keysPerOwnerMax: policy.keysPerOwnerMax ?? '',
    lifetimeDaysMax: policy.lifetimeDaysMax ?? '',
    idleDaysMax: policy.idleDaysMax ?? '',
    noticeDays: policy.noticeDays,
    deleteRequiresInactive: policy.deleteRequiresInactive,
    nameRequired: policy.nameRequired,
    networksRequired: policy.networksRequired,
    permissionsAllowed: policy.permissionsAllowed ?? [...PERMISSIONS],
    permissionDefault: policy.permissionDefault,
    createdBy: policy.createdBy,
    tokenPrefix: policy.tokenPrefix,
  };
}

/** The values with some rules in their place, such as those of a preset. */
export function withRules(values: PolicyValues, rules: Partial<KeyPolicy>): PolicyValues {
  return { ...values, ...valuesOf({ ...policyOf(values), ...rules }) };
}

type Change = InputOf<'updateKeyPolicy'>;

/** Only the rules that were changed, so that nothing is overwritten that somebody else changed meanwhile. */
export function changedRules(before: KeyPolicy, values: PolicyValues, project: string | undefined): Change {
  const [was, is] = [policyOf(valuesOf(before)), policyOf(values)];
  // The entries of a policy, some of them left out.
  const entries = Object.entries(is) as [keyof KeyPolicy, unknown][];
  const changed = entries.filter(([rule, value]) => JSON.stringify(value) !== JSON.stringify(was[rule]));
  return { ...(Object.fromEntries(changed) as Change), project }; // rules with values of their own type
}

function policyOf(values: PolicyValues): KeyPolicy {
  const permissionsAllowed = PERMISSIONS.filter(one => values.permissionsAllowed.includes(one));
  return {
    ...values,
    keysPerOwnerMax: limitOf(values.keysPerOwnerMax),
    lifetimeDaysMax: limitOf(values.lifetimeDaysMax),
    idleDaysMax: limitOf(values.idleDaysMax),
    noticeDays: Number(values.noticeDays),
    permissionsAllowed: permissionsAllowed.length === PERMISSIONS.length ? null : permissionsAllowed,
    createdBy: CREATOR_ROLES.filter(role => values.createdBy.includes(role)),
  };
}

const limitOf = (value: number | string) => (value === '' ? null : Number(value));
