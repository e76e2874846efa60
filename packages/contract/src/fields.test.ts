import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '@keywright/core';
import type { z } from 'zod';
import { contract } from './contract.ts';
import * as f from './fields.ts';

const limit = f.paging.limit;
const { keysPerOwnerMax, lifetimeDaysMax } = contract.updateKeyPolicy.input.shape;
const verifyInput = contract.verify.input;

const v4 = (count: number) => Array.from({ length: count }, (_, index) => `192.0.2.${index}`);
const words = (count: number) => Array.from({ length: count }, (_, index) => `tag ${index}`);
const text = (chars: number) => 'x'.repeat(chars);
const items = (count: number) => ({ items: Array.from({ length: count }, () => ({ credential: 'x' })) });

/** For each field the values that are taken, the edge of its limits among them, and those that are not. */
const TABLE: Record<string, { field: z.ZodType; takes: unknown[]; refuses: unknown[] }> = {
  personName: {
    field: f.personName,
    takes: ['A', text(100), ` ${text(100)} `, "Zoë O'Neill", '=SUM(A1)', '王', '👩‍💻'],
    refuses: ['', ' ', '\u00a0', text(101), 'a\nb', 'a\tb', 'a\0b', 'a\u0007b', 'a\u007fb', '\ud800', null, 7],
  },
  optionalName: { field: f.optionalName, takes: [null, '', text(100)], refuses: [text(101), 'a\nb', undefined, 7] },
  description: {
    field: f.description,
    takes: [null, '', text(1000), 'two\nlines', 'a\ttab'],
    refuses: [text(1001), 'a\0b', '\udfff', 7],
  },
  email: {
    field: f.email,
    takes: ['ada@example.com', ' Ada@Example.COM ', `${text(50)}@${text(60)}.example.com`],
    refuses: [
      '',
      'ada',
      '@example.com',
      'ada@',
      'a b@example.com',
      'ada@example.com\0',
      `${text(250)}@example.com`,
      null,
    ],
  },
  password: {
    field: f.password,
    takes: [text(12), text(128), 'with spaces and ü'],
    refuses: [text(11), text(129), `${text(12)}\0`, `${text(12)}\ud800`, null],
  },
  key: {
    field: f.key,
    takes: ['KWMRGIQ2ZBW5Z4OXPSSW', 'kwmrgiq2zbw5z4oxpssw'],
    refuses: [
      '',
      'KWMRGIQ2ZBW5Z4OXPSS',
      'KWMRGIQ2ZBW5Z4OXPSSWW',
      'KWMRGIQ2ZBW5Z4OXPSſW',
      ' KWMRGIQ2ZBW5Z4OXPSSW',
      null,
    ],
  },
  memberId: {
    field: f.memberId,
    takes: ['mem_mfrggzdfmztwq2lknnwg'],
    refuses: ['sva_mfrggzdfmztwq2lknnwg', 'mem_MFRGGZDFMZTWQ2LKNNWG', 'mem_', 'mem_mfrggzdfmztwq2lknnwg\n', ''],
  },
  ownerId: {
    field: f.ownerId,
    takes: ['mem_mfrggzdfmztwq2lknnwg', 'sva_mfrggzdfmztwq2lknnwg'],
    refuses: ['acc_mfrggzdfmztwq2lknnwg', 'mem_mfrggzdfmztwq2lknnw1', 'mfrggzdfmztwq2lknnwg'],
  },
  instant: {
    field: f.instant,
    takes: ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2028-02-29T00:00:00+05:45'],
    refuses: [
      '',
      '2027-01-31',
      '2027-01-31T12:00:00',
      '2027-02-29T00:00:00Z',
      '2027-01-31T24:00:00Z',
      '2027-01-31T12:00:60Z',
      '1970-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '+010000-01-01T00:00:00Z',
      'tomorrow',
      1_800_000_000_000,
    ],
  },
  networks: {
    field: f.networks,
    takes: [[], ['192.0.2.0/24'], ['2001:db8::1'], v4(50)],
    refuses: [v4(51), ['192.0.2.1/24'], ['example.com'], [''], [null], '192.0.2.0/24', null],
  },
  tags: {
    field: f.tags,
    takes: [[], [text(40)], words(20)],
    refuses: [words(21), [text(41)], [''], [' '], ['a\nb'], [7], 'production', null],
  },
  tokenPrefix: {
    field: f.tokenPrefix,
    takes: ['kw', 'acme_prod', 'a1', 'abcdefghijklmnop'],
    refuses: ['', 'k', 'abcdefghijklmnopq', 'KW', '1w', '_w', 'a-b', 'kw\n'],
  },
  search: { field: f.search, takes: [undefined, '', text(100), '%_\\'], refuses: [text(101), 'a\0b', '\ud800'] },
  limit: { field: limit, takes: [undefined, 1, 100], refuses: [0, 101, -1, 1.5, '5', null, Number.POSITIVE_INFINITY] },
  cursor: { field: f.paging.cursor, takes: [undefined, '', text(600)], refuses: [text(601), 7] },
  keysPerOwnerMax: { field: keysPerOwnerMax, takes: [undefined, null, 1, 10_000], refuses: [0, 10_001, 1.5, '1'] },
  lifetimeDaysMax: { field: lifetimeDaysMax, takes: [undefined, null, 1, 36_500], refuses: [0, 36_501, 1.5, '1'] },
  verify: {
    field: verifyInput,
    takes: [{ credential: '' }, { credential: text(limits.credentialCharsMax) }, items(1), items(100)],
    refuses: [
      {},
      items(0),
      items(101),
      { credential: text(limits.credentialCharsMax + 1) },
      { credential: 'x', items: [{ credential: 'x' }] },
      { method: 'GET', ...items(1) },
      { items: [{}] },
      { items: [{ credential: 'x', nothing: 1 }] },
      { credential: 'x', method: 'get' },
      { credential: 'x', address: text(46) },
    ],
  },
};

for (const [name, { field, takes, refuses }] of Object.entries(TABLE)) {
  describe(name, () => {
    for (const value of takes) test(`takes ${shown(value)}`, () => assert.ok(field.safeParse(value).success));
    for (const value of refuses) test(`refuses ${shown(value)}`, () => assert.ok(!field.safeParse(value).success));
  });
}

describe('what becomes of a value', () => {
  const rows: [name: string, field: z.ZodType, value: unknown, expected: unknown][] = [
    ['a name is trimmed', f.personName, '  Ada ', 'Ada'],
    ['a name is composed (NFC)', f.personName, 'Zoe\u0308', 'Zoë'],
    ['an empty name is none', f.optionalName, ' ', null],
    ['an empty description is none', f.description, '', null],
    ['an address of e-mail is in lower case', f.email, ' Ada@Example.COM ', 'ada@example.com'],
    ['a key is in upper case', f.key, 'kwmrgiq2zbw5z4oxpssw', 'KWMRGIQ2ZBW5Z4OXPSSW'],
    ['a time is in milliseconds', f.instant, '1970-01-01T01:00:00.25+01:00', 250],
    ['networks stand once', f.networks, ['10.0.0.0/8', '10.0.0.0/8'], ['10.0.0.0/8']],
    ['tags stand once', f.tags, ['a', ' a ', 'b'], ['a', 'b']],
    ['a page has 25 by default', limit, undefined, 25],
    ['a password stays as it is', f.password, '  twelve or so  ', '  twelve or so  '],
  ];
  for (const [name, field, value, expected] of rows) {
    test(name, () => assert.deepEqual(field.parse(value), expected));
  }
});

test('a refusal says what is wanted', () => {
  const rows: [z.ZodType, unknown, RegExp][] = [
    [f.key, 'x', /KW and 18 of A-Z and 2-7/],
    [f.memberId, 'x', /mem_ and 20 characters/],
    [f.instant, 'x', /such as 2027-01-31T12:00:00Z/],
    [f.networks, ['x'], /such as 192\.0\.2\.0\/24/],
    [f.email, 'x', /such as ada@example\.com/],
    [f.tokenPrefix, 'X', /begin with a letter/],
    [f.personName, 'a\0', /control characters/],
    [f.personName, 'a\nb', /single line/],
  ];
  for (const [field, value, said] of rows) {
    const messages = field.safeParse(value).error?.issues.map(issue => issue.message) ?? [];
    assert.match(messages.join('; '), said);
  }
});

/** A value as a name for its test: short, and with what can not be printed spelled out. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 50 ? `${json.slice(0, 50)}… (${json.length})` : json;
}
