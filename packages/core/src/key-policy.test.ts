import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PREFIX } from './key-format.ts';
import { DEFAULT_KEY_POLICY, type KeyPolicy, latestExpiry, policyProblems, whyNotAnotherKey } from './key-policy.ts';

const CREATED = Date.parse('2027-01-31T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const policy = (rules: Partial<KeyPolicy>): KeyPolicy => ({ ...DEFAULT_KEY_POLICY, ...rules });

describe('how many keys an owner can have', () => {
  const rows: [max: number | null, owned: number, allowed: boolean][] = [
    [null, 0, true],
    [null, 1_000_000, true],
    [1, 0, true],
    [1, 1, false],
    [2, 1, true],
    [2, 2, false],
    [5, 5, false],
    [5, 6, false],
  ];
  for (const [max, owned, allowed] of rows) {
    test(`${owned} of ${max ?? 'any number'}: ${allowed ? 'one more' : 'no more'}`, () => {
      const why = whyNotAnotherKey(policy({ keysPerOwnerMax: max }), owned);
      if (allowed) assert.equal(why, undefined);
      else assert.match(why ?? '', new RegExp(`at most ${max} access keys?, .*Delete one first`));
    });
  }
});

describe('what a key must have', () => {
  const rows: [name: string, rules: Partial<KeyPolicy>, key: { name?: string; expiresAt?: number }, rules: string[]][] =
    [
      ['nothing, by default', {}, {}, []],
      ['a name', { nameRequired: true }, {}, ['nameRequired']],
      ['a name, which it has', { nameRequired: true }, { name: 'CI' }, []],
      ['an end', { lifetimeDaysMax: 90 }, {}, ['lifetimeDaysMax']],
      ['an end within 90 days, on the last', { lifetimeDaysMax: 90 }, { expiresAt: CREATED + 90 * DAY_MS }, []],
      [
        'an end within 90 days, 1 ms later',
        { lifetimeDaysMax: 90 },
        { expiresAt: CREATED + 90 * DAY_MS + 1 },
        ['lifetimeDaysMax'],
      ],
      ['a name and an end', { nameRequired: true, lifetimeDaysMax: 1 }, {}, ['nameRequired', 'lifetimeDaysMax']],
    ];
  for (const [name, rules, { name: keyName = null, expiresAt = null }, broken] of rows) {
    test(name, () => {
      const problems = policyProblems(policy(rules), { name: keyName, expiresAt, createdAt: CREATED });
      assert.deepEqual(
        problems.map(({ rule }) => rule),
        broken,
      );
    });
  }

  test('each problem names the field and the way out', () => {
    const rules = policy({ nameRequired: true, lifetimeDaysMax: 1 });
    const problems = policyProblems(rules, { name: null, expiresAt: null, createdAt: CREATED });
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['name', 'expiresAt'],
    );
    assert.match(problems[1]?.message ?? '', /up to 2027-02-01T12:00:00\.000Z/);
  });
});

test('the latest expiry counts from the creation', () => {
  assert.equal(latestExpiry(policy({}), CREATED), null);
  assert.equal(latestExpiry(policy({ lifetimeDaysMax: 1 }), CREATED), CREATED + DAY_MS);
});

test('by default nothing is limited, deleting needs two steps, and the prefix is a good one', () => {
  assert.deepEqual(DEFAULT_KEY_POLICY, {
    keysPerOwnerMax: null,
    deleteRequiresInactive: true,
    nameRequired: false,
    lifetimeDaysMax: null,
    tokenPrefix: 'kw',
  });
  assert.match(DEFAULT_KEY_POLICY.tokenPrefix, PREFIX);
});
