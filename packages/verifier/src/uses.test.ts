import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Asked, limits } from '@keywright/core';
import { Uses } from './uses.ts';

const asked = (agent?: string): Asked => ({ project: null, agent, address: '192.0.2.1' });
const shown = (uses: Uses) =>
  uses
    .take()
    .slice()
    .map(({ key, count, at, agent }) => [key, count, at, agent]);

describe('uses', () => {
  test('of one key stand together, with the last of them', () => {
    const uses = new Uses();
    const [a, b] = [uses.add('A', asked('x'), 10), uses.add('B', asked(), 11)];
    uses.add('A', asked('newer'), 12, a);
    uses.add('A', asked('older'), 5, a);
    uses.add('B', asked(), 13, b);
    assert.deepEqual(shown(uses), [
      ['A', 3, 12, 'newer'],
      ['B', 2, 13, null],
    ]);
    assert.deepEqual(shown(uses), []);
  });

  test('a note of another time is none', () => {
    const uses = new Uses();
    const note = uses.add('A', asked(), 1);
    uses.take();
    uses.add('B', asked(), 2);
    uses.add('A', asked(), 3, note);
    assert.deepEqual(shown(uses), [
      ['B', 1, 2, null],
      ['A', 1, 3, null],
    ]);
  });

  test('are listed while they go on to be counted, until they are taken', () => {
    const uses = new Uses();
    const listed = () =>
      uses
        .listNew()
        .slice(0, 9)
        .map(({ key, count }) => [key, count]);
    const a = uses.add('A', asked(), 1);
    const b = uses.add('B', asked(), 1);
    assert.deepEqual(listed(), [
      ['A', 1],
      ['B', 1],
    ]);
    for (const at of [2, 3]) uses.add('B', asked(), at, b);
    assert.deepEqual(listed(), [['B', 3]]);
    assert.deepEqual(listed(), []);
    uses.add('A', asked(), 4, a);
    assert.deepEqual(shown(uses), [
      ['A', 2, 4, null],
      ['B', 3, 3, null],
    ]);
    assert.deepEqual(listed(), []);
  });

  test('of more keys than may wait are not taken down but counted as lost; those that wait are counted on', () => {
    const uses = new Uses();
    const notes = Array.from({ length: limits.usedKeysMax + 5 }, (_, n) => uses.add(`K${n}`, asked(), 1));
    assert.deepEqual([notes.at(-1), uses.lost], [0, 5]);
    uses.add('K7', asked(), 2, notes[7]);
    const taken = uses.take();
    assert.deepEqual([taken.length, taken.at(7).count], [limits.usedKeysMax, 2]);
  });

  test('hold no text that they came with: an agent is cut, and of very many texts new ones are left out', () => {
    const uses = new Uses();
    const note = uses.add('A', asked('x'.repeat(1000)), 1);
    assert.equal(uses.listNew().slice(0, 1)[0]?.agent, 'x'.repeat(limits.userAgentCharsMax));
    for (let n = 0; n < limits.usedTextsMax; n++) uses.add('A', asked(`agent ${n}`), 2, note);
    assert.deepEqual(shown(uses), [['A', limits.usedTextsMax + 1, 2, null]]);
  });
});
