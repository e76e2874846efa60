import type { FieldProblem } from './errors.ts';
import { PERMISSIONS, type Permission } from './permission.ts';
import type { Role } from './roles.ts';

export const DAY_MS = 86_400_000;

/** Roles that can be allowed to create keys; a viewer never is. */
export const CREATOR_ROLES = ['owner', 'admin', 'member'] as const satisfies Role[];
export type CreatorRole = (typeof CREATOR_ROLES)[number];

/** The rules of an account, or of one project, for its keys; null means no limit. They hold for new keys and for changes. */
export interface KeyPolicy {
  keysPerOwnerMax: number | null;
  deleteRequiresInactive: boolean;
  nameRequired: boolean;
  lifetimeDaysMax: number | null;
  permissionsAllowed: Permission[] | null;
  /** What a key gets for which no permission was asked. */
  permissionDefault: Permission;
  networksRequired: boolean;
  /** A key unused for so long is deactivated, `noticeDays` after a notice at the earliest. */
  idleDaysMax: number | null;
  /** Which roles may create keys at all. */
  createdBy: CreatorRole[];
  noticeDays: number;
  tokenPrefix: string;
}

export type PolicyRule = keyof KeyPolicy;

export const DEFAULT_KEY_POLICY: KeyPolicy = {
  keysPerOwnerMax: null,
  deleteRequiresInactive: true,
  nameRequired: false,
  lifetimeDaysMax: null,
  permissionsAllowed: null,
  permissionDefault: 'read_write',
  networksRequired: false,
  idleDaysMax: null,
  createdBy: [...CREATOR_ROLES],
  noticeDays: 7,
  tokenPrefix: 'kw',
};

export const POLICY_RULES = Object.keys(DEFAULT_KEY_POLICY) as PolicyRule[]; // Object.keys widens to string

/** The text of the refusal when the owner holds as many keys as allowed already; deactivated keys count. */
export function whyNotAnotherKey(
  { keysPerOwnerMax: max }: Pick<KeyPolicy, 'keysPerOwnerMax'>,
  owned: number,
  where = '',
): string | undefined {
  if (max === null || owned < max) return undefined;
  const keys = max === 1 ? 'access key' : 'access keys';
  return `An owner can have at most ${max} ${keys}${where}, deactivated ones included. Delete one first.`;
}

/** The text of the refusal when the key policy lets only other roles create keys. */
export function whyNotCreate({ createdBy }: KeyPolicy, role: Role): string | undefined {
  if (createdBy.some(allowed => allowed === role)) return undefined;
  const who = createdBy.length === 0 ? 'nobody' : `only the roles ${createdBy.join(', ')}`;
  return `The key policy lets ${who} create access keys, and yours is ${role}. Ask an administrator for a key.`;
}

/** The latest moment at which a key created at `createdAt` may expire. */
export function latestExpiry(policy: KeyPolicy, createdAt: number): number | null {
  return policy.lifetimeDaysMax === null ? null : createdAt + policy.lifetimeDaysMax * DAY_MS;
}

/** What the policy looks at in a key. */
export interface GovernedKey {
  name: string | null;
  expiresAt: number | null;
  createdAt: number;
  permission: Permission;
  networks: readonly unknown[];
}

/** Field problems of a key under the policy. */
export function policyProblems(policy: KeyPolicy, key: GovernedKey): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (field: keyof GovernedKey, rule: PolicyRule, message: string) =>
    problems.push({ field, rule, message: `The key policy ${message}` });
  if (policy.nameRequired && key.name === null)
    refuse('name', 'nameRequired', 'asks for a name. Say what the key is for.');
  const latest = latestExpiry(policy, key.createdAt);
  if (latest !== null && (key.expiresAt === null || key.expiresAt > latest)) {
    const until = new Date(latest).toISOString();
    refuse(
      'expiresAt',
      'lifetimeDaysMax',
      `allows a life of ${policy.lifetimeDaysMax} days: choose an expiry up to ${until}.`,
    );
  }
  const allowed = policy.permissionsAllowed;
  if (allowed !== null && !allowed.includes(key.permission))
    refuse('permission', 'permissionsAllowed', `allows only: ${allowed.join(', ') || 'none'}. Choose one of these.`);
  if (policy.networksRequired && key.networks.length === 0)
    refuse('networks', 'networksRequired', 'asks for networks. Say from which addresses the key may be used.');
  return problems;
}

/** The narrower of two permissions; a restricted key begins with no grants. */
export function narrower(a: Permission, b: Permission): Permission {
  return PERMISSIONS.indexOf(a) > PERMISSIONS.indexOf(b) ? a : b;
}

/** Brings the rules into accord: lists in their fixed order, and a default among what is allowed, never a broader one where there is another. */
export function inAccord(policy: KeyPolicy): KeyPolicy {
  const { permissionsAllowed: allowed, permissionDefault: wanted } = policy;
  const permissionsAllowed = allowed && PERMISSIONS.filter(one => allowed.includes(one));
  const createdBy = CREATOR_ROLES.filter(role => policy.createdBy.includes(role));
  const choices = permissionsAllowed ?? [wanted];
  const permissionDefault = choices.find(one => narrower(one, wanted) === one) ?? choices.at(-1) ?? wanted;
  return { ...policy, permissionsAllowed, permissionDefault, createdBy };
}
