import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Facts } from '@keywright/core';
import { newSeen, type Seen } from './facts-cache.ts';
import { digestOfText, ProvenTexts } from './proven-texts.ts';

/** The table looks at no more than whether facts are there. */
const standing = (key: string): Seen => newSeen(key, {} as Facts);

describe('texts that proved a key', () => {
  test('are found again, and no others', () => {
    const proven = new ProvenTexts();
    const seen = standing('A');
    assert.equal(proven.find(digestOfText('a')), undefined);
    proven.add(digestOfText('a'), seen, 1);
    assert.equal(proven.find(digestOfText('a')), seen);
    assert.equal(proven.find(digestOfText('b')), undefined);
    assert.equal(proven.find('\0'.repeat(32)), undefined); // as an empty slot is
  });

  test('several may prove one key, and each is replaced by its newest proof', () => {
    const proven = new ProvenTexts();
    const [seen, newer] = [standing('A'), standing('A')];
    for (const text of ['token', 'pair']) proven.add(digestOfText(text), seen, 1);
    assert.equal(proven.find(digestOfText('pair')), seen);
    seen.facts = undefined;
    proven.add(digestOfText('pair'), newer, 1);
    assert.equal(proven.find(digestOfText('pair'))?.facts, newer.facts);
    assert.equal(proven.find(digestOfText('token'))?.facts, undefined);
  });

  test('are nearly all found when there are many; a text in whose place there was no room is forgotten, never mistaken', () => {
    const proven = new ProvenTexts();
    const all = Array.from({ length: 20_000 }, (_, n) => ({
      text: digestOfText(`text ${n}`),
      seen: standing(String(n)),
    }));
    for (const [n, { text, seen }] of all.entries()) proven.add(text, seen, n + 1);
    const found = all.map(({ text }) => proven.find(text));
    for (const [n, one] of found.entries()) assert.ok(one === undefined || one === all[n]?.seen);
    assert.ok(found.filter(one => one !== undefined).length > 19_000);
  });

  test('that were evicted make room for others', () => {
    const proven = new ProvenTexts();
    for (let n = 0; n < 10_000; n++) {
      const seen = standing(String(n));
      proven.add(digestOfText(`gone ${n}`), seen, 1);
      seen.facts = undefined;
    }
    const seen = standing('last');
    proven.add(digestOfText('last'), seen, 1);
    assert.equal(proven.find(digestOfText('last')), seen);
  });
});
