import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Carriers, parseCredential, readCarriers } from './credential.ts';
import { type Credential, formatToken, newKeyId, newSecret } from './key-format.ts';

const key = newKeyId(randomBytes);
const secret = newSecret(key, randomBytes);
const plain = secret.reveal();
const token = formatToken('acme_prod', key, secret).reveal();
const broken = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const basic = (text: string) => `Basic ${base64(text)}`;
/** The credential in the carriers: `none`, or undefined when it is malformed. */
function carried(carriers: Partial<Carriers>): Credential | 'none' | undefined {
  const text = readCarriers({ authorization: undefined, apiKey: undefined, repeated: false, ...carriers });
  return text === undefined ? 'none' : parseCredential(text);
}

describe('a carrier that holds the key', () => {
  const rows: [name: string, carriers: Partial<Carriers>][] = [
    ['Basic with key and secret', { authorization: basic(`${key}:${plain}`) }],
    ['Basic with the key in lower case', { authorization: basic(`${key.toLowerCase()}:${plain}`) }],
    ['Basic with the token and an empty password', { authorization: basic(`${token}:`) }],
    ['Basic without the padding of base64', { authorization: basic(`${token}:`).replaceAll('=', '') }],
    ['a scheme in other case', { authorization: basic(`${key}:${plain}`).replace('Basic', 'bASIC') }],
    ['several spaces after the scheme', { authorization: basic(`${key}:${plain}`).replace(' ', '   ') }],
    ['Bearer with the token', { authorization: `Bearer ${token}` }],
    ['Bearer in other case', { authorization: `bearer ${token}` }],
    ['X-API-Key with the token', { apiKey: token }],
  ];
  for (const [name, carriers] of rows) {
    test(name, () => assertHoldsKey(carried(carriers)));
  }
});

test('no carrier is none', () => assert.equal(carried({}), 'none'));

describe('a carrier that is malformed', () => {
  const authorization: Record<string, string> = {
    empty: '',
    'a scheme alone': 'Basic',
    'a scheme and nothing': 'Bearer ',
    'no scheme': token,
    'the wrong scheme': `Digest ${token}`,
    'Bearer for a pair': `Bearer ${base64(`${key}:${plain}`)}`,
    'Basic for a bare token': `Basic ${token}`,
    'Basic without a colon': basic(token),
    'Basic with an empty key': basic(`:${plain}`),
    'Basic with an empty pair': basic(':'),
    'Basic with the token as password': basic(`:${token}`),
    'Basic with key and token': basic(`${key}:${token}`),
    'Basic with a second colon': basic(`${key}:${plain}:`),
    'Basic with the token and a password': basic(`${token}:x`),
    'Basic with a space in the base64': `Basic ${base64(`${key}:${plain}`).replace(/(.{8})/, '$1 ')}`,
    'Basic with no base64': 'Basic !!!!',
    'Basic with a broken length of base64': 'Basic QUJDR',
    'Basic with base64url': `Basic ${base64('\u00fb\u00ff:\u00ff').replaceAll('+', '-').replaceAll('/', '_')}`,
    'Basic with bytes over 0x7f': basic(`${key}:${plain.slice(0, 39)}\u00ff`),
    'Basic with a NUL': basic(`${key}:${plain}\0`),
    'a tab for the space': `Bearer\t${token}`,
    'two tokens': `Bearer ${token}, Bearer ${token}`,
    'a parameter behind the token': `Bearer ${token} realm=x`,
    'bytes over 0x7f behind the token': `Bearer ${token}\u00e9`,
    'a no-break space behind the token': `Bearer ${token}\u00a0`,
    'a no-break space before the token': `Bearer \u00a0${token}`,
    'a wrong checksum': `Bearer ${broken}`,
    'very long Basic': basic(`${key}:${plain}${'x'.repeat(100_000)}`),
    'very long Bearer': `Bearer ${'x'.repeat(100_000)}`,
    'very many spaces': `Bearer ${' '.repeat(100_000)}${token}`,
  };
  for (const [name, value] of Object.entries(authorization)) {
    test(`Authorization: ${name}`, () => assert.equal(carried({ authorization: value }), undefined));
  }

  const apiKey: Record<string, string> = {
    empty: '',
    'with a scheme': `Bearer ${token}`,
    'with a pair': `${key}:${plain}`,
    'with spaces around': ` ${token} `,
    'with two tokens': `${token}, ${token}`,
    'with bytes over 0x7f': `\u00e9${token.slice(1)}`,
    'with a wrong checksum': broken,
    'very long': 'x'.repeat(100_000),
  };
  for (const [name, value] of Object.entries(apiKey)) {
    test(`X-API-Key: ${name}`, () => assert.equal(carried({ apiKey: value }), undefined));
  }

  const twice: Record<string, Partial<Carriers>> = {
    'both carriers, both good': { authorization: `Bearer ${token}`, apiKey: token },
    'a good one and an empty one': { authorization: `Bearer ${token}`, apiKey: '' },
    'an empty one and a good one': { authorization: '', apiKey: token },
    'a repeated field': { apiKey: token, repeated: true },
    'repeated fields of which none is left': { repeated: true },
  };
  for (const [name, carriers] of Object.entries(twice)) {
    test(`two carriers: ${name}`, () => assert.equal(carried(carriers), undefined));
  }
});

describe('a credential given as text', () => {
  for (const good of [token, `${token}:`, `${key}:${plain}`, `${key.toLowerCase()}:${plain}`]) {
    test(`holds the key: ${good.length} characters`, () => assertHoldsKey(parseCredential(good)));
  }
  for (const bad of [
    '',
    ':',
    key,
    plain,
    `${key}:`,
    `:${plain}`,
    broken,
    ` ${token}`,
    `${token}\n`,
    'x'.repeat(100_000),
  ]) {
    test(`is malformed: ${JSON.stringify(bad.slice(0, 25))}`, () => assert.equal(parseCredential(bad), undefined));
  }
});

function assertHoldsKey(parsed: Credential | 'none' | undefined): void {
  assert.ok(typeof parsed === 'object', `it is ${String(parsed)}`);
  assert.deepEqual([parsed.key, parsed.secret.reveal()], [key, plain]);
}
