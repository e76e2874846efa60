import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CREATOR_ROLES, DEFAULT_KEY_POLICY, type KeyPolicy } from './key-policy.ts';
import { looserRules, tightened, tighterRules } from './key-policy-tighter.ts';
import { PERMISSIONS } from './permission.ts';

const policy = (rules: Partial<KeyPolicy>): KeyPolicy => ({ ...DEFAULT_KEY_POLICY, ...rules });

describe('what a project may set', () => {
  const rows: [account: Partial<KeyPolicy>, own: Partial<KeyPolicy>, looser: string[]][] = [
    [{}, { keysPerOwnerMax: 5 }, []],
    [{ keysPerOwnerMax: 5 }, { keysPerOwnerMax: 5 }, []],
    [{ keysPerOwnerMax: 5 }, { keysPerOwnerMax: 6 }, ['keysPerOwnerMax']],
    [{ keysPerOwnerMax: 5 }, { keysPerOwnerMax: null }, ['keysPerOwnerMax']],
    [{ lifetimeDaysMax: 90, idleDaysMax: 30 }, { lifetimeDaysMax: 91, idleDaysMax: 29 }, ['lifetimeDaysMax']],
    [{ nameRequired: true }, { nameRequired: false, networksRequired: false }, ['nameRequired']],
    [{ permissionsAllowed: ['read_only', 'restricted'] }, { permissionsAllowed: ['restricted'] }, []],
    [{ permissionsAllowed: ['restricted'] }, { permissionsAllowed: ['read_only'] }, ['permissionsAllowed']],
    [{ permissionsAllowed: ['restricted'] }, { permissionsAllowed: null }, ['permissionsAllowed']],
    [{ permissionDefault: 'read_only' }, { permissionDefault: 'restricted' }, []],
    [{ permissionDefault: 'read_only' }, { permissionDefault: 'read_write' }, ['permissionDefault']],
    [{ createdBy: ['owner', 'admin'] }, { createdBy: ['admin'] }, []],
    [{ createdBy: ['owner'] }, { createdBy: ['admin'] }, ['createdBy']],
    [{}, { noticeDays: 7, tokenPrefix: 'kw' }, []],
    [{}, { noticeDays: 8, tokenPrefix: 'other' }, ['noticeDays', 'tokenPrefix']],
  ];
  for (const [account, own, looser] of rows) {
    test(`${JSON.stringify(own)} under ${JSON.stringify(account)}`, () => {
      assert.deepEqual(looserRules(own, policy(account)), looser);
    });
  }
});

const limits = fc.option(fc.integer({ min: 1, max: 5 }));
const policies: fc.Arbitrary<KeyPolicy> = fc.record({
  keysPerOwnerMax: limits,
  deleteRequiresInactive: fc.boolean(),
  nameRequired: fc.boolean(),
  lifetimeDaysMax: limits,
  permissionsAllowed: fc.option(fc.subarray([...PERMISSIONS])),
  permissionDefault: fc.constantFrom(...PERMISSIONS),
  networksRequired: fc.boolean(),
  idleDaysMax: limits,
  createdBy: fc.subarray([...CREATOR_ROLES]),
  noticeDays: fc.constant(7),
  tokenPrefix: fc.constant('kw'),
});

test('what holds in a project is never looser than the rules of the account, or than its own', () => {
  fc.assert(
    fc.property(policies, policies, (account, own) => {
      const { permissionDefault: _, ...both } = tightened(account, own);
      assert.deepEqual(looserRules(both, account), []);
      assert.deepEqual(looserRules(both, own), []);
    }),
  );
});

test('the rules of the account alone are what holds where a project sets none', () => {
  assert.deepEqual(tightened(policy({ keysPerOwnerMax: 2 }), {}), policy({ keysPerOwnerMax: 2 }));
});

test('a change is tighter in the rules that forbid what was allowed', () => {
  const before = policy({ keysPerOwnerMax: 5, nameRequired: true, permissionsAllowed: ['read_only'] });
  const after = policy({ keysPerOwnerMax: 2, nameRequired: false, permissionsAllowed: ['restricted'] });
  assert.deepEqual(tighterRules(before, after), ['keysPerOwnerMax', 'permissionsAllowed']);
  assert.deepEqual(tighterRules(before, before), []);
});
