import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { RandomBytes } from './ids.ts';
import { newKeyId, newSecret } from './key-format.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_CHARS = 34;
const LINE_FEED = 10;

const key = newKeyId(randomBytes);

test('a key is KW and 18 characters of A-Z and 2-7', () => {
  for (let i = 0; i < 200; i++) assert.match(newKeyId(randomBytes), /^KW[A-Z2-7]{18}$/);
});

test('a key takes five bits of each byte, so that all characters are equally likely', () => {
  const chars = Array.from({ length: 256 }, (_, byte) => newKeyId(() => new Uint8Array(18).fill(byte)).charAt(2));
  assert.deepEqual(frequencies(chars), new Array(32).fill(8));
});

test('a secret is 34 random characters, and the checksum over key and characters', () => {
  for (let i = 0; i < 200; i++) {
    const secret = newSecret(key, randomBytes).reveal();
    assert.match(secret, /^[0-9A-Za-z]{40}$/);
    assert.equal(secret, whole(secret.slice(0, BODY_CHARS)));
  }
});

test('a secret is base64 of 30 bytes without NUL and without a line feed at the end', () => {
  for (let i = 0; i < 1000; i++) {
    const bytes = Buffer.from(newSecret(key, randomBytes).reveal(), 'base64');
    assert.equal(bytes.length, 30);
    assert.ok(isSafe(bytes));
  }
});

const good = findBody(body => isSafe(decoded(body)));
const drawnAgain = {
  'a NUL inside': findBody(body => decoded(body).includes(0) && decoded(body).at(-1) !== LINE_FEED),
  'a line feed at the end': findBody(body => !decoded(body).includes(0) && decoded(body).at(-1) === LINE_FEED),
  'nothing but NUL': 'A'.repeat(BODY_CHARS),
};
for (const [name, bad] of Object.entries(drawnAgain)) {
  test(`a secret is drawn again when its bytes hold ${name}`, () => {
    const secret = newSecret(key, scripted(bytesFor(bad), bytesFor(bad), bytesFor(good)));
    assert.equal(secret.reveal(), whole(good));
  });
}

test('a secret may hold a line feed that is not at the end', () => {
  const body = findBody(one => isSafe(decoded(one)) && decoded(one).includes(LINE_FEED));
  assert.equal(newSecret(key, scripted(bytesFor(body))).reveal(), whole(body));
});

test('bytes below 248 make all 62 characters equally likely', () => {
  // With these 33 characters behind it, every first character gives a secret that is not drawn again.
  const rest = findBody(body => [...BASE62].every(first => isSafe(decoded(first + body.slice(1))))).slice(1);
  const firsts = Array.from({ length: 248 }, (_, byte) =>
    newSecret(key, scripted([byte, ...bytesFor(rest)]))
      .reveal()
      .charAt(0),
  );
  assert.deepEqual(frequencies(firsts), new Array(62).fill(4));
});

test('bytes from 248 on are left out, and as many are drawn again', () => {
  const head = bytesFor(good.slice(0, -2));
  const tail = bytesFor(good.slice(-2));
  for (const byte of [248, 250, 255]) {
    const draws = [[byte, ...head, byte], [byte, byte], tail];
    assert.equal(newSecret(key, scripted(...draws)).reveal(), whole(good));
  }
});

/** Body and checksum as design 2 defines them, computed by zlib and without the code under test. */
function whole(body: string): string {
  let rest = crc32(key + body);
  let checksum = '';
  for (let i = 0; i < 6; i++) {
    checksum = BASE62.charAt(rest % 62) + checksum;
    rest = Math.floor(rest / 62);
  }
  return body + checksum;
}

function decoded(body: string): Buffer {
  return Buffer.from(whole(body), 'base64');
}

function isSafe(bytes: Buffer): boolean {
  return !bytes.includes(0) && bytes.at(-1) !== LINE_FEED;
}

/** The first of an endless row of bodies that is as wanted. */
function findBody(wanted: (body: string) => boolean): string {
  for (let seed = 0; ; seed++) {
    const chars = Array.from({ length: BODY_CHARS }, (_, place) => BASE62.charAt(crc32(`${seed}/${place}`) % 62));
    if (wanted(chars.join(''))) return chars.join('');
  }
}

/** Random bytes that give these characters. */
function bytesFor(text: string): number[] {
  return [...text].map(char => BASE62.indexOf(char));
}

/** Random bytes as told; it fails when other numbers of them are drawn. */
function scripted(...draws: number[][]): RandomBytes {
  return count => {
    const draw = draws.shift() ?? [];
    assert.equal(draw.length, count);
    return Uint8Array.from(draw);
  };
}

function frequencies(chars: string[]): number[] {
  return Object.values(Object.groupBy(chars, char => char)).map(same => same?.length ?? 0);
}
