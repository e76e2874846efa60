import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { broaderFields, type KeyState, keyState, REASON_TEXT, type Reach, whyNotDelete } from './access-key.ts';
import { REASONS } from './decide.ts';
import { parseNetwork } from './networks.ts';
import { type Grants, grantSets } from './permission.ts';
import { NO_USE_LIMITS } from './use-limits.ts';

const AT = 1_000_000;

describe('the state shown', () => {
  const rows: [enabled: boolean, notBefore: number | null, expiresAt: number | null, expected: KeyState][] = [
    [true, null, null, 'active'],
    [false, null, null, 'inactive'],
    [true, AT, null, 'active'],
    [true, AT + 1, null, 'not_yet_valid'],
    [true, null, AT, 'expired'],
    [true, null, AT + 1, 'active'],
    [true, AT, AT + 1, 'active'],
    [true, AT + 1, AT, 'not_yet_valid'],
    [false, AT + 1, AT, 'inactive'],
    [true, 0, 0, 'expired'],
  ];
  for (const [enabled, notBefore, expiresAt, expected] of rows) {
    test(`${expected}: ${JSON.stringify({ enabled, notBefore, expiresAt })} at ${AT}`, () => {
      assert.equal(keyState({ enabled, notBefore, expiresAt }, AT), expected);
    });
  }
});

describe('deleting', () => {
  const rows: [enabled: boolean, deleteRequiresInactive: boolean, allowed: boolean][] = [
    [false, true, true],
    [false, false, true],
    [true, false, true],
    [true, true, false],
  ];
  for (const [enabled, required, allowed] of rows) {
    const key = enabled ? 'an active' : 'an inactive';
    test(`${key} key, ${required ? 'inactive ones only' : 'all'}: ${allowed ? 'allowed' : 'refused'}`, () => {
      const why = whyNotDelete(enabled, required);
      if (allowed) assert.equal(why, undefined);
      else assert.match(why ?? '', /Deactivate it first/);
    });
  }
});

describe('a key can not make a broader one', () => {
  type Draft = Partial<Omit<Reach, 'networks' | 'grants'>> & { networks?: string[]; grants?: Grants };
  const reach = ({ networks = [], grants = {}, ...more }: Draft): Reach => ({
    permission: 'read_write',
    grants: grantSets(grants),
    project: null,
    expiresAt: null,
    ...NO_USE_LIMITS,
    ...more,
    networks: networks.map(text => parseNetwork(text) ?? assert.fail(text)),
  });
  const narrow = { permission: 'read_only', networks: ['10.0.0.0/8'], project: 'prj_a', expiresAt: AT } as const;

  const restricted = (grants: Grants): Draft => ({ permission: 'restricted', grants });
  const rows: [
    name: string,
    inner: Parameters<typeof reach>[0],
    outer: Parameters<typeof reach>[0],
    broader: string[],
  ][] = [
    ['the same, without bounds', {}, {}, []],
    ['the same, with bounds', { ...narrow, networks: ['10.0.0.0/8'] }, { ...narrow, networks: ['10.0.0.0/8'] }, []],
    ['narrower in all', { ...narrow, networks: ['10.0.0.0/8'] }, {}, []],
    ['broader in all', {}, { ...narrow, networks: ['10.0.0.0/8'] }, ['permission', 'networks', 'project', 'expiresAt']],
    ['writing from reading', {}, { permission: 'read_only' }, ['permission']],
    ['an API more', restricted({ shop: 'read_write' }), restricted({ store: 'read_write' }), ['permission']],
    ['an endpoint of its own', restricted({ shop: ['GET /a'] }), restricted({ shop: ['GET /a', 'GET /b'] }), []],
    ['reading from reading', { permission: 'read_only' }, { permission: 'read_only' }, []],
    ['a smaller network', { networks: ['10.1.0.0/16'] }, { networks: ['10.0.0.0/8'] }, []],
    ['a larger network', { networks: ['10.0.0.0/8'] }, { networks: ['10.1.0.0/16'] }, ['networks']],
    ['another network', { networks: ['11.0.0.0/8'] }, { networks: ['10.0.0.0/8'] }, ['networks']],
    ['one network more', { networks: ['10.0.0.0/8', '11.0.0.0/8'] }, { networks: ['10.0.0.0/8'] }, ['networks']],
    ['one of two', { networks: ['11.1.0.0/16'] }, { networks: ['10.0.0.0/8', '11.0.0.0/8'] }, []],
    ['the same in IPv6 form', { networks: ['::ffff:10.0.0.0/104'] }, { networks: ['10.0.0.0/8'] }, []],
    ['all of IPv4 is not all', { networks: [] }, { networks: ['0.0.0.0/0'] }, ['networks']],
    ['another project', { project: 'prj_b' }, { project: 'prj_a' }, ['project']],
    ['no project', { project: null }, { project: 'prj_a' }, ['project']],
    ['a project from none', { project: 'prj_a' }, { project: null }, []],
    ['1 ms longer', { expiresAt: AT + 1 }, { expiresAt: AT }, ['expiresAt']],
    ['as long', { expiresAt: AT }, { expiresAt: AT }, []],
    ['for ever', { expiresAt: null }, { expiresAt: AT }, ['expiresAt']],
  ];
  for (const [name, inner, outer, broader] of rows) {
    test(`${name}: ${broader.length === 0 ? 'allowed' : `broader in ${broader.join(', ')}`}`, () => {
      assert.deepEqual(broaderFields(reach(inner), reach(outer)), broader);
    });
  }
});

test('each reason has its sentence', () => {
  assert.deepEqual(Object.keys(REASON_TEXT), [...REASONS]);
  for (const text of Object.values(REASON_TEXT)) assert.match(text, /^[A-Z].*\.$/);
});
