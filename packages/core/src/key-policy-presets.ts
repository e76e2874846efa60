import type { KeyPolicy } from './key-policy.ts';

export const KEY_POLICY_PRESET_NAMES = [
  'two_keys_an_owner',
  'five_keys_a_user',
  'inactive_before_delete',
  'least_privilege',
] as const;
export type KeyPolicyPreset = (typeof KEY_POLICY_PRESET_NAMES)[number];

/** Ready-made rules to begin from: what a preset does not name stays as it is. */
export const KEY_POLICY_PRESETS: Record<KeyPolicyPreset, { title: string; about: string; rules: Partial<KeyPolicy> }> =
  {
    two_keys_an_owner: {
      title: 'Two keys an owner',
      about: 'Nobody has more than two access keys: one in use, one to change over to.',
      rules: { keysPerOwnerMax: 2 },
    },
    five_keys_a_user: {
      title: 'Five keys a user',
      about: 'Nobody has more than five access keys; the sixth is refused until one is deleted.',
      rules: { keysPerOwnerMax: 5 },
    },
    inactive_before_delete: {
      title: 'Inactive before delete',
      about: 'A key is deactivated first and deleted afterwards, so that a mistake shows while it can be undone.',
      rules: { deleteRequiresInactive: true },
    },
    least_privilege: {
      title: 'Least privilege',
      about:
        'New keys are restricted to what they are given, live 90 days at most, and are deactivated when unused for 30.',
      rules: {
        permissionsAllowed: ['restricted'],
        permissionDefault: 'restricted',
        lifetimeDaysMax: 90,
        idleDaysMax: 30,
      },
    },
  };
