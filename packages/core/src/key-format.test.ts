import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { formatToken, newKeyId, newSecret, PREFIX, parseKeyId, parsePair, parseToken } from './key-format.ts';

/** Every character up to U+017F, among them those that fold to ASCII letters, and some of other scripts. */
const ALPHABET = [
  ...Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)),
  'Ω',
  '٣',
  '\u212a',
  '\ufeff',
];

// It holds the letters that other scripts fold to: K, S and I.
const key = parseKeyId('KWSIMRGIQ2ZBW5Z4OXKS') ?? newKeyId(randomBytes);
const secret = newSecret(key, randomBytes);
const plain = secret.reveal();
const token = formatToken('kw', key, secret).reveal();

test('a token is prefix, key and secret', () => {
  assert.equal(token, `kw_${key}_${plain}`);
  const read = parseToken(token);
  assert.deepEqual([read?.key, read?.secret.reveal()], [key, plain]);
});

test('the key is compared without case, the secret is not', () => {
  assert.equal(parsePair(key.toLowerCase(), plain)?.key, key);
  assert.equal(parseToken(`kw_${key.toLowerCase()}_${plain}`)?.key, key);
  const swapped = plain.replace(/[a-z]/i, char => (/[a-z]/.test(char) ? char.toUpperCase() : char.toLowerCase()));
  assert.equal(parsePair(key, swapped), undefined);
});

test('every substitution of one character in key or secret is refused', () => {
  for (const [index, char] of [...key].entries()) {
    for (const other of ALPHABET) {
      if (other === char || other === char.toLowerCase()) continue;
      const wrong = key.slice(0, index) + other + key.slice(index + 1);
      assert.equal(parsePair(wrong, plain), undefined, `key, place ${index}, ${JSON.stringify(other)}`);
      assert.equal(parseToken(`kw_${wrong}_${plain}`), undefined);
    }
  }
  for (const [index, char] of [...plain].entries()) {
    for (const other of ALPHABET) {
      if (other === char) continue;
      const wrong = plain.slice(0, index) + other + plain.slice(index + 1);
      assert.equal(parsePair(key, wrong), undefined, `secret, place ${index}, ${JSON.stringify(other)}`);
      assert.equal(parseToken(`kw_${key}_${wrong}`), undefined);
    }
  }
});

test('every exchange of two neighbours in key or secret is refused', () => {
  const exchanged = (text: string, index: number) =>
    text.slice(0, index) + text.charAt(index + 1) + text.charAt(index) + text.slice(index + 2);
  for (let round = 0; round < 50; round++) {
    const someKey = newKeyId(randomBytes);
    const someSecret = newSecret(someKey, randomBytes).reveal();
    for (let index = 0; index < 39; index++) {
      const wrongKey = index < 19 ? exchanged(someKey, index) : someKey;
      if (wrongKey !== someKey) assert.equal(parsePair(wrongKey, someSecret), undefined, `key, place ${index}`);
      const wrongSecret = exchanged(someSecret, index);
      if (wrongSecret !== someSecret)
        assert.equal(parsePair(someKey, wrongSecret), undefined, `secret, place ${index}`);
    }
  }
});

test('the secret of another key is refused', () => {
  assert.equal(parsePair(newKeyId(randomBytes), plain), undefined);
});

const wrongTokens = {
  empty: '',
  'the secret alone': plain,
  'no prefix': `${key}_${plain}`,
  'an empty prefix': `_${key}_${plain}`,
  'a prefix of one character': `k_${key}_${plain}`,
  'a prefix of 17 characters': `${'k'.repeat(17)}_${key}_${plain}`,
  'a prefix in capitals': `KW_${key}_${plain}`,
  'a prefix that begins with a digit': `1w_${key}_${plain}`,
  'another separator': `kw-${key}-${plain}`,
  'no separator': `kw${key}${plain}`,
  'a space before': ` ${token}`,
  'a line feed after': `${token}\n`,
  'a character too few': token.slice(0, -1),
  'a character too many': `${token}0`,
  'a NUL in the prefix': `k\0_${key}_${plain}`,
  'two tokens': `${token},${token}`,
  'a very long one': 'kw_'.repeat(10_000) + token,
};
for (const [name, wrong] of Object.entries(wrongTokens)) {
  test(`no token: ${name}`, () => assert.equal(parseToken(wrong), undefined));
}

for (const prefix of ['kw', 'acme_prod', 'a_', 'a__b', 'kw_', 'k2', 'abcdefghijklmno_']) {
  test(`a token with the prefix ${prefix}`, () => {
    assert.match(prefix, PREFIX);
    assert.equal(parseToken(formatToken(prefix, key, secret).reveal())?.key, key);
  });
}

test('a key id has 20 characters of the alphabet', () => {
  assert.equal(parseKeyId(key.toLowerCase()), key);
  for (const wrong of ['', 'KW', key.slice(1), `${key}A`, `XX${key.slice(2)}`, `${key.slice(0, 19)}1`, `${key}\n`]) {
    assert.equal(parseKeyId(wrong), undefined, JSON.stringify(wrong));
  }
  // 'ſ' and 'ı' become S and I in capitals, 'ß' becomes SS.
  for (const wrong of [`KWſ${key.slice(3)}`, `KWı${key.slice(3)}`, `KWß${key.slice(4)}`, `KWß${key.slice(3)}`]) {
    assert.equal(parseKeyId(wrong), undefined, wrong);
  }
});
