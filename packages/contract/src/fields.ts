import {
  endpointIdOf,
  type Grants,
  KEY_STATES,
  limits,
  PERMISSIONS,
  PREFIX,
  parseKeyId,
  parseNetwork,
  ROLES,
} from '@keywright/core';
import { z } from 'zod';
import { received } from './receipts.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const isPlainText = (text: string) => text.isWellFormed() && !CONTROL.test(text);

/** Text for people: trimmed, NFC, without control characters or lone surrogates. */
export const text = (charsMin: number, charsMax: number) =>
  z
    .string()
    .refine(isPlainText, { error: 'must be plain text without control characters', abort: true })
    .trim()
    .normalize('NFC')
    .min(charsMin)
    .max(charsMax);

const single = (charsMin: number, charsMax: number) =>
  text(charsMin, charsMax).refine(value => !/[\n\r\t]/.test(value), { error: 'must be a single line' });

/** The name of a person, an account, a service account: required wherever it stands. */
export const personName = single(1, limits.nameCharsMax).meta({
  description: `1 to ${limits.nameCharsMax} characters, one line.`,
});
/** An optional text of one line: an empty one counts as none. */
export const line = (charsMax: number) =>
  single(0, charsMax)
    .nullable()
    .transform(value => value || null)
    .meta({ description: `Up to ${charsMax} characters, one line; null or empty for none.` });
/** An optional name: an empty one counts as none. */
export const optionalName = single(0, limits.nameCharsMax)
  .nullable()
  .transform(value => value || null)
  .meta({ description: `Up to ${limits.nameCharsMax} characters, one line; null or empty for none.` });
export const description = text(0, limits.descriptionCharsMax)
  .nullable()
  .transform(value => value || null)
  .meta({ description: `Up to ${limits.descriptionCharsMax} characters; null or empty for none.` });
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(limits.emailCharsMax)
  .pipe(z.email({ error: 'must be an e-mail address such as ada@example.com' }))
  .meta({ description: 'An e-mail address.', examples: ['ada@example.com'] });
export const password = z
  .string()
  .min(limits.passwordCharsMin)
  .max(limits.passwordCharsMax)
  .refine(value => value.isWellFormed() && !value.includes('\0'), { error: 'must be plain text' })
  .meta({ description: `${limits.passwordCharsMin} to ${limits.passwordCharsMax} characters.`, format: 'password' });

export const role = z.enum(ROLES).meta({ description: 'What the member may do in the account.' });
/** A service account can hold every role but owner. */
export const serviceRole = z
  .enum(['admin', 'member', 'viewer'])
  .meta({ description: 'What the keys of the service account may do at most.' });
export const permission = z.enum(PERMISSIONS).meta({ description: 'What the key may do.' });
/** An endpoint, by its id or with names in its braces: the id comes out. */
export const endpointId = z
  .string()
  .max(limits.templateCharsMax + 30)
  .regex(/^[A-Z]{1,20} \/(?:[!-z|~]|\{[^{}/]*\})*$/, { error: 'must be method and path, such as GET /orders/{}' })
  .overwrite(endpointIdOf)
  .meta({
    description: 'The endpoint: its method and path. What stands in the braces of a parameter does not matter.',
    examples: ['GET /orders/{}'],
  });
const endpointIds = z
  .array(endpointId)
  .max(limits.grantedEndpointsMax)
  .overwrite(list => [...new Set(list)]);
/** By the id of an API: all of it, what reads, or a list of its endpoints. */
export const grants = z
  .record(
    z.string().regex(/^(api_[a-z2-7]{20}|keywright)$/, { error: 'must be the id of an API (api_…), or keywright' }),
    z.union([z.enum(['none', 'read_only', 'read_write']), endpointIds], {
      error: 'must be none, read_only, read_write or a list of endpoints',
    }),
  )
  // An example of what a transform is given has to stand before it.
  .meta({ examples: [{ api_mfrggzdfmztwq2lknnwg: ['GET /orders/{}'], keywright: 'read_only' }] })
  .transform(given => Object.fromEntries(Object.entries(given).filter(([, grant]) => grant !== 'none')) as Grants)
  .meta({
    description:
      'For `restricted`: what the key may do at each API, by its id: `none`, `read_only`, `read_write`, or a list of its endpoints.',
  });
export const keyState = z.enum(KEY_STATES).meta({ description: 'What the key is at this moment.' });
/** The order of a list. */
export const SORT_DESCRIPTION = 'The order; `-` for descending.';

/** The public half of an access key. */
export const key = z
  .string()
  .max(64)
  .transform((value, context) => {
    const parsed = parseKeyId(value);
    if (parsed === undefined)
      context.addIssue({ code: 'custom', message: 'must be an access key: KW and 18 of A-Z and 2-7', input: value });
    return parsed ?? z.NEVER;
  })
  .meta({ description: 'The key: KW and 18 of A-Z and 2-7.', examples: ['KWMRGIQ2ZBW5Z4OXPSSW'] });

export const id = (prefix: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[a-z2-7]{20}$`), {
      error: `must be the id of a ${what}: ${prefix}_ and 20 characters`,
    })
    .meta({ description: `The id of the ${what}.`, examples: [`${prefix}_mfrggzdfmztwq2lknnwg`] });
export const memberId = id('mem', 'member');
export const serviceAccountId = id('sva', 'service account');
export const projectId = id('prj', 'project');
export const accountId = id('acc', 'account');
export const apiId = z
  .string()
  .regex(/^(api_[a-z2-7]{20}|keywright)$/, { error: 'must be the id of an API: api_ and 20 characters, or keywright' })
  .meta({
    description: 'The id of the API; `keywright` is the built-in one.',
    examples: ['api_mfrggzdfmztwq2lknnwg'],
  });
export const sessionId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .meta({ description: 'The id of the session.' });
/** Whose key it is: a member or a service account. */
export const ownerId = z
  .string()
  .regex(/^(mem|sva)_[a-z2-7]{20}$/, { error: 'must be the id of a member (mem_…) or of a service account (sva_…)' })
  .meta({ description: 'The id of a member or of a service account.', examples: ['mem_mfrggzdfmztwq2lknnwg'] });

export const time = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2027-01-31T12:00:00Z', abort: true })
  .refine(value => isYear(new Date(value).getUTCFullYear()), { error: 'must lie between the years 1970 and 9999' });

function isYear(year: number): boolean {
  return year >= 1970 && year <= 9999;
}
/** Milliseconds since 1970 inside, RFC 3339 outside. */
export const instant = time.transform(value => Date.parse(value)).meta({ format: 'date-time' });
export const timeOut = z.iso.datetime();

export const networks = z
  .array(
    z
      .string()
      .max(50)
      .refine(value => parseNetwork(value) !== undefined, {
        error: 'must be an address or a network such as 192.0.2.0/24 or 2001:db8::/32, with no bits after the prefix',
      }),
  )
  .max(limits.networksMax)
  .transform(list => [...new Set(list)])
  .meta({
    description: 'Addresses and networks (CIDR) from which the key may be used; empty for all.',
    examples: [['192.0.2.0/24']],
  });
export const tags = z
  .array(single(1, limits.tagCharsMax))
  .max(limits.tagsMax)
  .transform(list => [...new Set(list)])
  .meta({ description: `Up to ${limits.tagsMax} tags.`, examples: [['production']] });
export const tokenPrefix = z
  .string()
  .regex(PREFIX, { error: 'must be 2 to 16 of a-z, 0-9 and _, and begin with a letter' })
  .meta({ description: 'What the tokens of new keys begin with, for secret scanners.', examples: ['kw'] });

/** Who or what: the same three fields wherever somebody is named. */
export const party = z
  .object({
    kind: z.enum(['member', 'service_account', 'access_key', 'system']),
    id: z.string(),
    name: z.string().nullable(),
  })
  .meta({ id: 'Party', description: 'Somebody or something that acts or is acted upon.' });

/** The fields of every list: a page and where it begins. */
export const paging = {
  limit: z
    .int()
    .min(1)
    .max(limits.pageItemsMax)
    .default(limits.pageItemsDefault)
    .meta({ description: 'How many on one page.' }),
  cursor: z.string().max(limits.cursorCharsMax).optional().meta({ description: '`nextCursor` of the page before.' }),
};
export const search = text(0, limits.searchCharsMax)
  .optional()
  .meta({ description: 'Only those whose text holds this.' });

export const pageOf = <Item extends z.ZodType>(item: Item, name: string) =>
  z
    .object({ items: z.array(item), nextCursor: z.string().nullable() })
    .meta({ id: name, description: '`nextCursor` is null on the last page.' });

export const done = z.object({ done: z.literal(true), ...received }).meta({ id: 'Done' });
