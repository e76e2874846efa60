import fc from 'fast-check';

/** Stands in a body where JSON has a number that JavaScript cannot hold; `jsonText` puts it in. */
const RAW_NUMBERS = ['1e999', '-1e999', '1e-999', '-0', '9007199254740993', '0.1e+5', '1'.repeat(400)];
const RAW_MARK = '\uE000raw';

/** Every character that has hurt somebody: NUL, lone surrogates, directions, joiners, controls, quotes, templates, paths. */
const NASTY_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\udc00\ud800',
  '\uFEFF',
  '\uFFFF',
  '\u202Eevil',
  '\u2028',
  '\r\nX-Key-Owner: root',
  '\x1b[31m',
  '👩‍👩‍👧‍👦',
  'ﷺ'.repeat(100),
  'Z̷̢̛'.repeat(60),
  '__proto__',
  'constructor',
  'NaN',
  'Infinity',
  '-1',
  '1e3',
  '0x10',
  'null',
  'true',
  '[object Object]',
  "'; drop table access_keys; --",
  '%',
  '%00',
  '%ff',
  '_%\\',
  '\\',
  '../../etc/passwd',
  '..',
  '.',
  '/',
  '//',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template as text is the point
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '=cmd|calc',
  'ada@example.com\n',
  'a@b',
  `${'a'.repeat(300)}@example.com`,
  'KWAAAAAAAAAAAAAAAAAA',
  'kwaaaaaaaaaaaaaaaaaa ',
  'mem_',
  `mem_${'a'.repeat(20)}`,
  `sva_${'a'.repeat(20)}`,
  `prj_${'a'.repeat(20)}`,
  `acc_${'a'.repeat(20)}`,
  'a'.repeat(41),
  'a'.repeat(101),
  'a'.repeat(10_000),
  '\u0301'.repeat(10_000),
  'İ'.repeat(100),
];

const NASTY_TIMES = [
  '0000-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2024-02-30T00:00:00Z',
  '2025-02-29T12:00:00Z',
  '2024-12-31T23:59:60Z',
  '2024-12-31T24:00:00Z',
  '2024-01-01',
  '2024-01-01T00:00:00',
  '2024-01-01 00:00:00Z',
  '2024-01-01T00:00:00.123456789123456789Z',
  '2024-01-01T00:00:00+99:99',
  '1704067200000',
];

const NASTY_NETWORKS = [
  '0.0.0.0/0',
  '::/0',
  '::/129',
  '::ffff:10.0.0.1/96',
  '10.0.0.1/8',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '010.0.0.1',
  '1.2.3',
  '::1%eth0',
  '1::2::3',
  '10.0.0.0/8/8',
];

/** Cursors that our lists never gave out, or that another list did. */
export const hostileCursors: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom(
      '[]',
      '{}',
      'null',
      '1',
      '"a"',
      '[1]',
      '[1,"a",2]',
      '[1,2]',
      '[{},"a"]',
      '["a",null]',
      '[null,null]',
      '[true,"a"]',
      '[1.5,"a"]',
      '[1e308,"a"]',
      '[-9007199254740991,"a"]',
      '[9007199254740993,"a"]',
      '["\\u0000","a"]',
      '["a","\\u0000"]',
      '["\\ud800","a"]',
      '[null,"\\udc00"]',
      '[null,"a"]',
      '[1,"a"]',
      '["a","a"]',
      '[[1],"a"]',
      '[',
    ),
    fc.json({ maxDepth: 2 }),
    fc.tuple(fc.jsonValue({ maxDepth: 1 }), fc.jsonValue({ maxDepth: 1 })).map(pair => JSON.stringify(pair)),
  )
  .map(text => Buffer.from(text).toString('base64url'));

export const hostileTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY_TIMES, ...NASTY_NETWORKS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  // UTF-16 code units at random: half of what lies here is a lone surrogate.
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0xd700, max: 0xe0ff }), { maxLength: 8 }).map(codes) },
  { weight: 1, arbitrary: hostileCursors },
);

const scalars: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: hostileTexts },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, 5e-324) },
  { weight: 1, arbitrary: fc.constantFrom(...RAW_NUMBERS).map(number => RAW_MARK + number) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
);

/**
 * But for the one that V8 takes others for: once an object with a last field `\\` was parsed, `JSON.parse` of Node 26.10 reads a field of the same
 * place that begins with an escape as that one.
 */
export const hostileNames: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '', '0', 'owner_id'),
  fc.constantFrom(
    'enabled',
    'secret',
    'digest',
    'account',
    'key',
    'id',
    'legacy',
    'creator',
    'role',
    'n'.repeat(10_000),
  ),
  hostileTexts.filter(text => text !== '\\'),
);

/** Anything that JSON can say, the worst more often than the rest. */
export const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: scalars },
  { weight: 2, arbitrary: fc.array(scalars, { maxLength: 5 }) },
  { weight: 1, arbitrary: scalars.chain(one => fc.integer({ min: 2, max: 300 }).map(count => Array(count).fill(one))) },
  { weight: 1, arbitrary: fc.array(fc.tuple(hostileNames, scalars), { maxLength: 4 }).map(objectOf) },
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 5000 }).map(nested) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** An object with exactly these fields, `__proto__` among them. */
export function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

/** JSON, with numbers that JavaScript cannot hold where their marks stand. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(new RegExp(`"${RAW_MARK}([^"]+)"`, 'g'), '$1');
}

/** Percent-encoding that can also say what is no text: a lone surrogate becomes three bytes that are not UTF-8. */
export function percentEncoded(text: string): string {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|./gs, character => {
    if (character.isWellFormed()) return encodeURIComponent(character);
    const code = character.charCodeAt(0);
    const bytes = [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
    return bytes.map(byte => `%${byte.toString(16)}`).join('');
  });
}

function codes(units: number[]): string {
  return String.fromCharCode(...units);
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { name: value };
  return value;
}
