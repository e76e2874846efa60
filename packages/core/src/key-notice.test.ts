import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idleDueAt, idleNoticeMs, type Notice, standingNotice } from './key-notice.ts';
import { DAY_MS } from './key-policy.ts';

describe('when the owner of an unused key hears of it, and when it is deactivated', () => {
  const rows: [idleDaysMax: number, noticeDays: number, noticeAfter: number, dueAfter: number][] = [
    [30, 7, 23, 30],
    [10, 7, 3, 10],
    [7, 7, 3.5, 10.5],
    [1, 7, 0.5, 7.5],
    [90, 1, 89, 90],
  ];
  for (const [idleDaysMax, noticeDays, noticeAfter, dueAfter] of rows) {
    test(`unused for ${idleDaysMax} days, ${noticeDays} days of notice`, () => {
      const rules = { idleDaysMax, noticeDays };
      assert.equal(idleNoticeMs(rules), noticeAfter * DAY_MS);
      assert.equal(idleDueAt(rules, 0, noticeAfter * DAY_MS), dueAfter * DAY_MS);
    });
  }

  test('a late notice puts the end off, and never shortens the notice', () => {
    assert.equal(idleDueAt({ idleDaysMax: 30, noticeDays: 7 }, 0, 29 * DAY_MS), 36 * DAY_MS);
  });

  test('no rule, no notice', () => {
    assert.equal(idleNoticeMs({ idleDaysMax: null, noticeDays: 7 }), Number.POSITIVE_INFINITY);
  });
});

describe('the notice that is shown', () => {
  const idle: Notice = { kind: 'idle', at: 100, dueAt: 900 };
  const expiring: Notice = { kind: 'expiring', at: 200, dueAt: 800 };
  const rows: [
    name: string,
    notices: Notice[],
    key: { enabled: boolean; lastUsedAt: number | null },
    shown: Notice | null,
  ][] = [
    ['none', [], { enabled: true, lastUsedAt: null }, null],
    ['of a key never used', [idle], { enabled: true, lastUsedAt: null }, idle],
    ['of a key used before it', [idle], { enabled: true, lastUsedAt: 100 }, idle],
    ['gone by a use after it', [idle], { enabled: true, lastUsedAt: 101 }, null],
    ['not of a key that is inactive already', [idle], { enabled: false, lastUsedAt: null }, null],
    ['an expiry stays, used or not', [expiring], { enabled: true, lastUsedAt: 500 }, expiring],
    ['the one that comes first', [idle, expiring], { enabled: true, lastUsedAt: null }, expiring],
    ['the one that is left', [idle, expiring], { enabled: true, lastUsedAt: 300 }, expiring],
  ];
  for (const [name, notices, key, shown] of rows) {
    test(name, () => assert.deepEqual(standingNotice(notices, key), shown));
  }
});
