import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PREFIX } from './key-format.ts';
import {
  DEFAULT_KEY_POLICY,
  inAccord,
  type KeyPolicy,
  latestExpiry,
  narrower,
  policyProblems,
  whyNotAnotherKey,
  whyNotCreate,
} from './key-policy.ts';
import type { Permission } from './permission.ts';

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

/** What a key is that nothing was asked for. */
const PLAIN = { name: null, expiresAt: null, createdAt: CREATED, permission: 'read_write', networks: [] } as const;

describe('what a key must have', () => {
  type Row = [
    name: string,
    rules: Partial<KeyPolicy>,
    key: { name?: string; expiresAt?: number; permission?: Permission; networks?: string[] },
    rules: string[],
  ];
  const rows: Row[] = [
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
    ['one of the permissions', { permissionsAllowed: ['read_only', 'restricted'] }, {}, ['permissionsAllowed']],
    ['one of the permissions, which it has', { permissionsAllowed: ['read_only'] }, { permission: 'read_only' }, []],
    ['no permission at all', { permissionsAllowed: [] }, { permission: 'restricted' }, ['permissionsAllowed']],
    ['networks', { networksRequired: true }, {}, ['networksRequired']],
    ['networks, which it has', { networksRequired: true }, { networks: ['192.0.2.0/24'] }, []],
  ];
  for (const [name, rules, key, broken] of rows) {
    test(name, () => {
      const problems = policyProblems(policy(rules), { ...PLAIN, ...key });
      assert.deepEqual(
        problems.map(({ rule }) => rule),
        broken,
      );
    });
  }

  test('each problem names the field and the way out', () => {
    const rules = policy({ nameRequired: true, lifetimeDaysMax: 1 });
    const problems = policyProblems(rules, PLAIN);
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
    permissionsAllowed: null,
    permissionDefault: 'read_write',
    networksRequired: false,
    idleDaysMax: null,
    createdBy: ['owner', 'admin', 'member'],
    noticeDays: 7,
    tokenPrefix: 'kw',
  });
  assert.match(DEFAULT_KEY_POLICY.tokenPrefix, PREFIX);
});

describe('who can create keys', () => {
  test('the roles that the policy names, and a viewer never', () => {
    for (const role of ['owner', 'admin', 'member'] as const) assert.equal(whyNotCreate(policy({}), role), undefined);
    assert.match(whyNotCreate(policy({}), 'viewer') ?? '', /yours is viewer/);
    assert.match(whyNotCreate(policy({ createdBy: ['owner'] }), 'admin') ?? '', /only the roles owner create/);
    assert.match(whyNotCreate(policy({ createdBy: [] }), 'owner') ?? '', /lets nobody create/);
  });
});

test('the narrower of two permissions', () => {
  const order = ['read_write', 'read_only', 'restricted'] as const;
  for (const [a, broad] of order.entries())
    for (const [b, other] of order.entries()) assert.equal(narrower(broad, other), order[Math.max(a, b)]);
});

describe('the default is among what is allowed', () => {
  const rows: [allowed: Permission[] | null, wanted: Permission, given: Permission][] = [
    [null, 'read_write', 'read_write'],
    [['restricted', 'read_only'], 'read_write', 'read_only'],
    [['restricted'], 'read_write', 'restricted'],
    [['read_write', 'restricted'], 'read_only', 'restricted'],
    [['read_write', 'read_only'], 'restricted', 'read_only'],
    [[], 'read_only', 'read_only'],
  ];
  for (const [permissionsAllowed, permissionDefault, given] of rows) {
    test(`${permissionDefault} of ${permissionsAllowed?.join(', ') ?? 'all'}: ${given}`, () => {
      assert.equal(inAccord(policy({ permissionsAllowed, permissionDefault })).permissionDefault, given);
    });
  }
});
