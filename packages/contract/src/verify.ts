import { limits, REASONS } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { limitState } from './use-limits.ts';

const cost = z.int().min(0).max(limits.costMax).optional().meta({
  description:
    'What the request takes from the rate limits and quotas of the key; 1 unless told. 0 asks whether anything is left, and takes nothing.',
});

const reserve = z
  .int()
  .min(1)
  .max(limits.costMax)
  .optional()
  .meta({
    description: `In place of \`cost\`, where that is known afterwards only: takes so much, and answers with a \`reservation\` to settle within ${limits.reservationMinutes} minutes. What is not settled is spent. A key without limits needs none.`,
  });

const asked = {
  credential: z.string().max(limits.credentialCharsMax).meta({ description: 'A token, or `key:secret`.' }),
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, { error: 'must be an HTTP method in capitals' })
    .optional()
    .meta({ description: 'What the request does; without it, it counts as writing.' }),
  path: z
    .string()
    .max(limits.pathCharsMax)
    .optional()
    .meta({ description: 'The path of the request as it came; the query decides nothing.' }),
  api: f.id('api', 'API').optional().meta({
    description:
      "The API that the request is for: a restricted key works only where one is named. With an id that is not one of the key's account, every key is `unknown`.",
  }),
  address: z
    .string()
    .max(45)
    .optional()
    .meta({ description: 'From where the request came; without it, a key bound to networks is refused.' }),
  userAgent: z
    .string()
    .max(1000)
    .optional()
    .meta({ description: 'What made the request; kept as the last use of the key.' }),
  project: f.projectId
    .nullable()
    .optional()
    .meta({ description: 'The project at whose endpoint the request came in.' }),
  account: f.accountId.optional().meta({ description: 'Only keys of this account; those of others are `unknown`.' }),
  cost,
  reserve,
};

const isOneOfBoth = ({ cost, reserve }: { cost?: number | undefined; reserve?: number | undefined }) =>
  cost === undefined || reserve === undefined;
const NOT_BOTH = { error: 'goes not with cost: reserve what it may cost at most', path: ['reserve'] };

const facts = {
  key: z.string().nullable(),
  name: z.string().nullable(),
  owner: f.party.nullable(),
  account: z.string().nullable(),
  project: z.string().nullable(),
  permission: f.permission.nullable(),
  expiresAt: f.timeOut.nullable(),
  limits: z.array(limitState).optional().meta({
    description: 'How the limits of the key stand; absent where it has none, or was refused for another reason.',
  }),
  retryAt: f.timeOut.nullable().optional().meta({
    description: 'When the same request would pass, for `rate_limited` and `quota_exhausted`; null for never.',
  }),
  reservation: z.object({ id: z.string(), lapsesAt: f.timeOut }).optional().meta({
    id: 'Reserved',
    description: 'What was reserved: settle or cancel it until then. Absent where nothing limits the key.',
  }),
  degraded: z.boolean().optional().meta({
    description:
      'true: shared counters are away, and each process enforces its share of the rate limits. With `limits`.',
  }),
};

export const decision = z
  .object({
    allowed: z.boolean(),
    reason: z.enum(REASONS).nullable().meta({ description: 'Why it was refused; null when allowed.' }),
    missing: z.string().nullable().meta({ description: 'The permission that is missing, for `permission_denied`.' }),
    ...facts,
  })
  .meta({ id: 'Decision', description: 'All but the first three are null or absent unless the secret was right.' });

export const verify = operation({
  name: 'verify',
  noun: 'verify',
  summary: 'Verify access keys',
  description: `Decides whether a request that carries a key may pass. Takes one request, or up to ${limits.verifyItemsMax} as \`items\`. A refused key is a decision, not an error: the answer is 200.`,
  method: 'POST',
  path: '/verify',
  cli: 'verify',
  right: 'public',
  input: z
    .strictObject({
      ...asked,
      credential: asked.credential.optional(),
      items: z
        .array(z.strictObject(asked).refine(isOneOfBoth, NOT_BOTH))
        .min(1)
        .max(limits.verifyItemsMax)
        .optional()
        .meta({ description: 'Several at once, instead of the other fields.' }),
    })
    .refine(isOneOfBoth, NOT_BOTH)
    .refine(input => (input.items === undefined) !== (input.credential === undefined), {
      error: 'give either credential or items',
      path: ['credential'],
    })
    .refine(
      input => input.items === undefined || Object.values(input).filter(value => value !== undefined).length === 1,
      {
        error: 'items stands alone: put the other fields into each item',
        path: ['items'],
      },
    )
    // What the two refinements say, for those who read the schema only.
    .meta({ oneOf: [{ required: ['credential'] }, { required: ['items'] }] }),
  output: z.union([decision, z.object({ items: z.array(decision) }).meta({ id: 'Decisions' })]),
  errors: [],
});
