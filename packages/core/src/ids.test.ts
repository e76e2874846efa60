import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { crc32 } from './crc32.ts';
import { type IdPrefix, newId } from './ids.ts';

test('an id is its prefix and 20 characters of 5 random bits', () => {
  const prefixes: IdPrefix[] = ['acc', 'mem', 'sva', 'prj', 'per', 'ses'];
  for (const prefix of prefixes) assert.match(newId(prefix, randomBytes), new RegExp(`^${prefix}_[a-z2-7]{20}$`));
  assert.equal(
    newId('mem', count => new Uint8Array(count)),
    `mem_${'a'.repeat(20)}`,
  );
  assert.equal(
    newId('mem', count => new Uint8Array(count).fill(255)),
    `mem_${'7'.repeat(20)}`,
  );
});

test('the checksum is the CRC-32 of zlib, in one piece and in several', () => {
  assert.equal(crc32(0, '123456789'), 0xcbf43926);
  for (let chars = 0; chars < 60; chars++) {
    const text = randomBytes(chars).toString('hex').slice(0, chars);
    const cut = chars >> 1;
    assert.equal(crc32(0, text), zlibCrc32(text));
    assert.equal(crc32(crc32(0, text, 0, cut), text, cut), zlibCrc32(text));
  }
});
