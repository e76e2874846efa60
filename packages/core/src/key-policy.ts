export const DAY_MS = 86_400_000;

/** The rules of an account for its keys; null means no limit. */
export interface KeyPolicy {
  keysPerOwnerMax: number | null;
  deleteRequiresInactive: boolean;
  nameRequired: boolean;
  lifetimeDaysMax: number | null;
  tokenPrefix: string;
}

export const DEFAULT_KEY_POLICY: KeyPolicy = {
  keysPerOwnerMax: null,
  deleteRequiresInactive: true,
  nameRequired: false,
  lifetimeDaysMax: null,
  tokenPrefix: 'kw',
};

/** The text of the refusal when the owner holds as many keys as allowed already; deactivated keys count. */
export function whyNotAnotherKey(policy: KeyPolicy, owned: number): string | undefined {
  const max = policy.keysPerOwnerMax;
  if (max === null || owned < max) return undefined;
  const keys = max === 1 ? 'access key' : 'access keys';
  return `An owner can have at most ${max} ${keys}, deactivated ones included. Delete one first.`;
}

/** The latest moment at which a key created at `createdAt` may expire. */
export function latestExpiry(policy: KeyPolicy, createdAt: number): number | null {
  return policy.lifetimeDaysMax === null ? null : createdAt + policy.lifetimeDaysMax * DAY_MS;
}

/** Field problems of a key under the policy. */
export function policyProblems(
  policy: KeyPolicy,
  key: { name: string | null; expiresAt: number | null; createdAt: number },
): { field: string; rule: string; message: string }[] {
  const problems: { field: string; rule: string; message: string }[] = [];
  if (policy.nameRequired && key.name === null) {
    problems.push({
      field: 'name',
      rule: 'nameRequired',
      message: 'The key policy asks for a name. Say what the key is for.',
    });
  }
  const latest = latestExpiry(policy, key.createdAt);
  if (latest !== null && (key.expiresAt === null || key.expiresAt > latest)) {
    const message = `The key policy allows a life of ${policy.lifetimeDaysMax} days: choose an expiry up to ${new Date(latest).toISOString()}.`;
    problems.push({ field: 'expiresAt', rule: 'lifetimeDaysMax', message });
  }
  return problems;
}
