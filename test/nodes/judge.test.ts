import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Change, type State, whyWrong } from '../../bench/faults/judge.ts';

const BOUND = { staleMaxMs: 1000 };
const key = 'KWA';

/** `to`, sent and answered at, with a complete receipt where `!` stands. */
function changes(...all: [to: State, sentAt: number, answeredAt: number | undefined, receipt?: '!'][]): Change[] {
  return all.map(([to, sentAt, answeredAt, receipt]) => ({ key, to, sentAt, answeredAt, complete: receipt === '!' }));
}

describe('the judge of faults', () => {
  const dead = changes(['active', 0, 10], ['inactive', 100, 120]);
  const proven = changes(['active', 0, 10], ['inactive', 100, 120, '!']);
  const unheard = changes(['active', 0, 10], ['inactive', 100, undefined]);
  const back = changes(['active', 0, 10], ['inactive', 100, 120, '!'], ['active', 200, 220]);
  const cases: [what: string, changes: Change[], result: string, sentAt: number, isRight: boolean][] = [
    ['a living key passes', dead, 'allowed', 50, true],
    ['a dead key may pass within the bound', dead, 'allowed', 1119, true],
    ['a dead key passes after the bound', dead, 'allowed', 1121, false],
    ['a dead key passes after a complete receipt', proven, 'allowed', 121, false],
    ['a dead key passes while the receipt is under way', proven, 'allowed', 119, true],
    ['a dead key is refused', proven, 'inactive', 500, true],
    ['a living key is called unknown', dead, 'unknown', 50, false],
    ['a living key is refused before its end was asked for', dead, 'inactive', 50, false],
    ['a key whose end nobody has acknowledged passes', unheard, 'allowed', 5000, true],
    ['a key whose end nobody has acknowledged is refused', unheard, 'inactive', 5000, true],
    ['and it is called unknown', unheard, 'unknown', 5000, false],
    ['a key that is back passes', back, 'allowed', 230, true],
    ['a key that is back is still refused within the bound', back, 'inactive', 1219, true],
    ['and after it', back, 'inactive', 1221, false],
  ];
  for (const [what, all, result, sentAt, isRight] of cases) {
    test(`${what}: ${isRight ? 'right' : 'wrong'}`, () => {
      const why = whyWrong({ key, node: 'a', sentAt, answeredAt: sentAt + 5, result }, all, BOUND);
      if (isRight) assert.equal(why, undefined);
      else assert.ok(why);
    });
  }
});
