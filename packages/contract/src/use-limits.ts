import { isTimeZone, LIMIT_HOLDERS, limits, PERIODS } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, { error: 'must be of a-z, 0-9, - and _, and begin with a letter' })
  .max(limits.limitNameCharsMax)
  .meta({ description: 'What answers and headers call it; of each name there is one.' });

const hasEachNameOnce = (list: readonly { name: string }[]) => new Set(list.map(one => one.name)).size === list.length;
const NAMED_TWICE = { error: 'must not have one name twice' };

const rate = {
  name,
  max: z.int().min(1).max(limits.rateUsesMax),
  perSeconds: z.int().min(1).max(limits.rateSecondsMax),
};
const burst = z
  .int()
  .min(1)
  .max(limits.rateUsesMax)
  .meta({ description: 'How many pass at once after a pause; `max` unless told.' });

const rateLimit = z.object({ ...rate, burst }).meta({ id: 'RateLimit' });

const quotaShape = {
  name,
  max: z.int().min(1).max(limits.quotaUsesMax),
  per: z.enum(PERIODS).meta({ description: 'The period of the calendar; a week begins on Monday.' }),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, { error: 'must be the name of a time zone, such as UTC or Europe/Berlin' })
    .meta({ description: 'Whose calendar.', examples: ['Europe/Berlin'] }),
};
const MONTHLY = { name: 'monthly', max: 100_000, per: 'month', timeZone: 'Europe/Berlin' };
const quota = z.object(quotaShape).meta({ id: 'Quota' });

/** How often something may be used, as it is answered. */
export const shown = { rateLimits: z.array(rateLimit), quotas: z.array(quota) };

/** The same as it is sent. */
export const given = {
  rateLimits: z
    .array(
      z
        .strictObject({ ...rate, burst: burst.optional() })
        // An example of what a transform is given has to stand before it.
        .meta({ examples: [{ name: 'steady', max: 100, perSeconds: 1 }] })
        .refine(({ max, perSeconds }) => max <= perSeconds * limits.rateUsesPerSecondMax, {
          error: `must be at most ${limits.rateUsesPerSecondMax} in a second`,
          path: ['max'],
        })
        .refine(
          ({ max, perSeconds, burst = max }) => burst <= Math.floor((max * limits.rateEmptySecondsMax) / perSeconds),
          { error: 'must be at most what passes in ten years', path: ['burst'] },
        )
        .transform(one => ({ ...one, burst: one.burst ?? one.max })),
    )
    .max(limits.rateLimitsMax)
    .refine(hasEachNameOnce, NAMED_TWICE)
    .meta({
      description:
        'So many uses in so many seconds, spread evenly, and up to `burst` at once: in no span of `perSeconds` do more than `max` + `burst` pass. Each of several holds.',
    }),
  quotas: z
    .array(z.strictObject(quotaShape).meta({ examples: [MONTHLY] }))
    .max(limits.quotasMax)
    .refine(hasEachNameOnce, NAMED_TWICE)
    .meta({
      description:
        'So many uses in each hour, day, week or month of the calendar of a time zone. Each of several holds.',
    }),
};
/** The same where they can be left out. */
export const optional = { rateLimits: given.rateLimits.optional(), quotas: given.quotas.optional() };

/** How one limit stands. */
export const limitState = z
  .object({
    of: z.enum(LIMIT_HOLDERS).meta({ description: 'Whose limit it is.' }),
    kind: z.enum(['rate', 'quota']),
    name: z.string(),
    max: z.int().max(limits.quotaUsesMax),
    seconds: z.int().meta({ description: 'In so many seconds `max` pass; of a quota the length of its period.' }),
    burst: z.int().nullable().meta({ description: 'Of a rate, the most that pass at once.' }),
    remaining: z.int().max(limits.quotaUsesMax).meta({ description: 'How many would pass now.' }),
    resetAt: f.timeOut.meta({ description: 'When all of it remains again, if nothing is used until then.' }),
  })
  .meta({ id: 'LimitState', description: 'How a rate limit or a quota stands.' });

export const getLimits = operation({
  name: 'getLimits',
  noun: 'limits',
  summary: 'Look how limits stand',
  description:
    'All rate limits and quotas that hold for an access key, for all keys of an owner, or for those of the account. What processes have taken of a quota in advance counts as used.',
  method: 'GET',
  path: '/limits',
  cli: 'limits get',
  right: 'keys:see',
  input: z.strictObject({
    key: f.key.optional(),
    owner: f.ownerId.optional(),
  }),
  output: z.object({ limits: z.array(limitState) }).meta({ id: 'LimitStates' }),
  errors: ['not_found'],
});
