import { CREATOR_ROLES, KEY_POLICY_PRESET_NAMES, limits, PERMISSIONS, POLICY_RULES } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

const days = (daysMax: number) => z.int().min(1).max(daysMax);

const rules = z.object({
  keysPerOwnerMax: z
    .int()
    .min(1)
    .max(limits.keysPerOwnerMax)
    .nullable()
    .meta({ description: 'How many keys one owner can have, deactivated ones included; null for no limit.' }),
  deleteRequiresInactive: z.boolean().meta({ description: 'Whether only an inactive key can be deleted.' }),
  nameRequired: z.boolean().meta({ description: 'Whether each key must have a name.' }),
  lifetimeDaysMax: days(limits.lifetimeDaysMax).nullable().meta({
    description:
      'How many days a key can live; null for no limit. A new key without an expiry gets the latest one allowed.',
  }),
  permissionsAllowed: z
    .array(z.enum(PERMISSIONS))
    .nullable()
    .meta({
      description: 'The permissions that a key can have; null for all.',
      examples: [['restricted']],
    }),
  permissionDefault: z.enum(PERMISSIONS).meta({
    description: 'What a new key gets when nothing is asked for; `restricted` begins without grants.',
  }),
  networksRequired: z
    .boolean()
    .meta({ description: 'Whether each key must name the networks from which it may be used.' }),
  idleDaysMax: days(limits.idleDaysMax).nullable().meta({
    description: 'A key that is unused for so many days is deactivated, after a notice; null for never.',
  }),
  createdBy: z
    .array(z.enum(CREATOR_ROLES))
    .meta({ description: 'The roles that can create keys; empty for nobody.', examples: [['owner', 'admin']] }),
  noticeDays: days(limits.noticeDaysMax).meta({
    description:
      'How many days before it expires, or is deactivated for being unused, the owner of a key gets a notice.',
  }),
  tokenPrefix: f.tokenPrefix,
});

const keyPolicy = rules
  .extend({
    project: z.string().optional().meta({ description: 'The project, where its rules were asked for.' }),
    own: rules.partial().optional().meta({
      id: 'ProjectKeyPolicy',
      description: 'For a project: the rules that it sets itself. All others are those of the account.',
    }),
  })
  .meta({
    id: 'KeyPolicy',
    description:
      'The rules that hold for access keys: for new keys and for changes. Existing keys go on working, but for those that the rule for unused keys deactivates after a notice. In a project both its own and those of the account hold.',
  });

const project = f.projectId
  .optional()
  .meta({ description: 'The rules of this project instead of those of the account. A project can only tighten them.' });

const change = z.strictObject({
  preset: z
    .enum(KEY_POLICY_PRESET_NAMES)
    .optional()
    .meta({ description: 'Ready-made rules; rules that are given beside it win.' }),
  ...rules.partial().shape,
  project,
});

export const getKeyPolicy = operation({
  name: 'getKeyPolicy',
  noun: 'key policy',
  summary: 'Get the key policy',
  description: 'The rules of the account, or with `project` those that hold in the project.',
  method: 'GET',
  path: '/key-policy',
  cli: 'policy get',
  right: 'directory:see',
  inProject: true,
  input: z.strictObject({ project }),
  output: keyPolicy,
  errors: ['not_found'],
});

export const updateKeyPolicy = operation({
  name: 'updateKeyPolicy',
  noun: 'key policy',
  summary: 'Change the key policy',
  description:
    'What is left out stays. Existing keys go on working, but for those that the rule for unused keys deactivates after a notice. In a project, a rule that is looser than that of the account is refused, and one that is the same is no longer the project’s own.',
  method: 'PATCH',
  path: '/key-policy',
  cli: 'policy edit',
  right: 'directory:change',
  inProject: true,
  input: change,
  output: keyPolicy,
  errors: ['not_found'],
});

const touch = z.object({
  rule: z.enum(POLICY_RULES),
  from: f.timeOut.meta({ description: 'When it begins to touch them.' }),
});

const policyPreview = z
  .object({
    policy: keyPolicy,
    rules: z
      .array(
        touch.extend({ keys: z.int(), owners: z.int(), effect: z.string() }).meta({
          id: 'TouchingRule',
          description: 'How many keys and owners the rule touches, and what it means for them.',
        }),
      )
      .meta({ description: 'The rules that become tighter.' }),
    items: z
      .array(
        touch
          .extend({ key: z.string().nullable(), name: z.string().nullable(), owner: f.party, reason: z.string() })
          .meta({ id: 'TouchedKey', description: 'A key that a rule touches; without `key` it is the owner.' }),
      )
      .meta({ description: 'The first that each rule touches.' }),
  })
  .meta({ id: 'KeyPolicyPreview' });

export const previewKeyPolicy = operation({
  name: 'previewKeyPolicy',
  noun: 'key policy',
  summary: 'Preview a change of the key policy',
  description: 'Which keys and owners the change would touch, how, and from when. Nothing changes.',
  method: 'POST',
  path: '/key-policy/preview',
  cli: 'policy preview',
  right: 'policy:check',
  inProject: true,
  input: change.extend({
    limit: f.paging.limit.meta({ description: 'How many keys and owners to name for each rule.' }),
  }),
  output: policyPreview,
  errors: ['not_found'],
});
