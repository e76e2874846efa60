import { limits } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

/** How the hashes of a run were made; the same for all of its rows. */
export const legacyScheme = z
  .strictObject({
    algorithm: z
      .enum(['sha256', 'sha512', 'bcrypt', 'argon2'])
      .default('sha256')
      .meta({ description: 'What `hash` is; rows with a plain `secret` need none.' }),
    prefix: z
      .string()
      .regex(/^[!-~]{1,64}$/, { error: 'must be 1 to 64 visible ASCII characters' })
      .optional()
      .meta({
        description: 'What stands before the secret where it is used, but was not hashed.',
        examples: ['sk_live_'],
      }),
    salt: z
      .string()
      .max(256)
      .refine(value => value.isWellFormed() && !value.includes('\0'), { error: 'must be plain text' })
      .optional()
      .meta({ description: 'One salt for all, hashed together with the secret.' }),
    saltAt: z.enum(['before', 'after']).default('before').meta({ description: 'Where the salt stands.' }),
    separator: z
      .string()
      .regex(/^[!-/:-@[-`{-~]$/, { error: 'must be one sign such as . or _' })
      .default('.')
      .meta({ description: 'For bcrypt, argon2 and salts of rows: what parts the `id` from the secret.' }),
  })
  .meta({ description: 'How the keys of another system were kept.' });

/** One key of another system. Refused lines are reported one by one, so each is parsed by itself. */
export const legacyKey = z.strictObject({
  secret: z
    .string()
    .regex(/^[!-~]{8,400}$/, { error: 'must be 8 to 400 visible ASCII characters' })
    .optional()
    .meta({ description: 'The whole key as it is sent, when it is known.' }),
  hash: z
    .string()
    .max(400)
    .optional()
    .meta({ description: 'Its hash: SHA-256 or SHA-512 in hex or base64, or the text of bcrypt or argon2.' }),
  salt: z
    .string()
    .max(256)
    .refine(value => value.isWellFormed() && !value.includes('\0'), { error: 'must be plain text' })
    .optional()
    .meta({ description: 'A salt of this key alone; it needs an `id`.' }),
  id: z
    .string()
    .regex(/^[!-~]{1,128}$/, { error: 'must be 1 to 128 visible ASCII characters' })
    .optional()
    .meta({ description: 'The public part by which the key is found: for bcrypt, argon2 and salts of rows.' }),
  owner: z.string().max(limits.emailCharsMax).meta({ description: 'An owner by id, or a member by e-mail address.' }),
  name: f.optionalName.optional(),
  description: f.description.optional(),
  permission: z.enum(['read_write', 'read_only']).default('read_write'),
  project: f.projectId.nullable().optional(),
  expiresAt: f.instant.nullable().optional(),
  createdAt: f.instant.optional(),
  tags: f.tags.optional(),
  enabled: z.boolean().default(true),
});

const refusedRow = z.object({
  row: z.int().meta({ description: 'The place in `rows`, from 0.' }),
  field: z.string(),
  message: z.string(),
});

export const importAccessKeys = operation({
  name: 'importAccessKeys',
  noun: 'access keys',
  summary: 'Import keys of another system',
  description: `Up to ${limits.importRowsMax} at once, by plain secret or by hash. They go on working as they are, marked as legacy. What is there already is passed over, so a run can be repeated; a row that breaks a rule is reported and the others are imported.`,
  method: 'POST',
  path: '/access-keys/import',
  right: 'keys:import',
  bodyBytesMax: limits.importBytesMax,
  input: z.strictObject({
    scheme: legacyScheme.optional(),
    rows: z.array(z.record(z.string(), z.unknown())).min(1).max(limits.importRowsMax).meta({
      description:
        'Each with `owner` and `secret` or `hash`; and `id`, `salt`, `name`, `description`, `permission`, `project`, `expiresAt`, `createdAt`, `tags`, `enabled`.',
    }),
  }),
  output: z
    .object({
      imported: z.int(),
      existing: z.int().meta({ description: 'Were there already.' }),
      refused: z.array(refusedRow),
    })
    .meta({ id: 'ImportedKeys' }),
  errors: ['broader_key'],
});
