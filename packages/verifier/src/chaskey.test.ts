import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chaskey } from './chaskey.ts';

const KEY = Int32Array.of(0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39);

/** The tags of the bytes 0, 1, 2 … of each length. Source: vectors of the reference implementation of Chaskey-12. */
const VECTORS: Record<number, number[]> = {
  0: [0x43cb1f41, 0x51eba0c2, 0xff0a8ac3, 0x7ee3f642],
  1: [0xf9ac2067, 0x9c35a846, 0x441aad3d, 0x777b7330],
  2: [0x57da70c5, 0x2a873cb0, 0x19ee8b2a, 0x165cd82e],
  3: [0x8c5e6ab9, 0x5035adfb, 0xbff69f98, 0x965516d9],
  4: [0x0b2b62db, 0x1e9e3f50, 0xa1b8dcad, 0xb4279ae0],
  12: [0xc040258c, 0xf25392c0, 0x9f6b5dc0, 0x35c3d638],
  15: [0x03cfb44b, 0x283c8163, 0xfca71448, 0xc40a0aea],
  16: [0x5dd0e2a9, 0xfb5eac8c, 0x633a392e, 0x500c36f3],
  17: [0x8b5f6d5a, 0x202314f6, 0x22092368, 0x9639e606],
  32: [0x77962784, 0x07c647fa, 0xdd752c0f, 0xd2f5a799],
  33: [0xd74bb867, 0x2c0dfb3a, 0xb697e9cd, 0x5658edda],
  60: [0xa8f07a68, 0x366fc33b, 0xaf00eefb, 0x1a48a9df],
  63: [0x2dd072e1, 0x42b89efe, 0xfb26b615, 0x049aa451],
};

for (const [length, tag] of Object.entries(VECTORS)) {
  test(`the MAC of ${length} bytes is that of the reference`, () => {
    const mac = new Chaskey(KEY, 64);
    mac.read('x'.repeat(64)); // leaves nothing behind
    mac.read(String.fromCharCode(...Array.from({ length: Number(length) }, (_, n) => n)));
    assert.deepEqual([...mac.tag], [...Int32Array.from(tag)]);
  });
}

test('texts that differ anywhere have different MACs, also beyond ASCII and as long as they may be', () => {
  const mac = new Chaskey(KEY, 64);
  const texts = [
    '',
    '\0',
    '\u0001',
    'a',
    'a\0',
    'a\u0001',
    'ä',
    'Ã¤',
    '\u3042',
    '\u3042'.repeat(64),
    `${'\u3042'.repeat(63)}a`,
  ];
  const tags = texts.map(text => {
    mac.read(text);
    return mac.tag.join();
  });
  assert.equal(new Set(tags).size, texts.length);
});
