import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Decision, decide, REASONS, type Reason } from './decide.ts';
import type { Asked, Facts } from './facts.ts';
import { newKeyId } from './key-format.ts';
import { type Network, parseNetwork } from './networks.ts';

const AT = Date.parse('2027-01-31T12:00:00Z');

const network = (text: string): Network => {
  const parsed = parseNetwork(text);
  assert.ok(parsed);
  return parsed;
};

const good: Facts = {
  key: newKeyId(randomBytes),
  name: null,
  enabled: true,
  notBefore: AT - 1000,
  expiresAt: AT + 1000,
  permission: 'read_only',
  grants: {},
  networks: [network('192.0.2.0/24')],
  project: 'prj_a',
  owner: { kind: 'member', id: 'mem_a', name: 'Ada', role: 'member', active: true },
  account: { id: 'acc_a', active: true },
  limits: [],
};
const asked: Asked = { project: 'prj_a', method: 'GET', address: '192.0.2.7', account: 'acc_a' };

/** What makes each reason hold, in the order in which verify looks. */
const FLAWS: [Reason, { facts?: Partial<Facts>; asked?: Partial<Asked> }][] = [
  ['unknown', { asked: { account: 'acc_b' } }],
  ['inactive', { facts: { enabled: false } }],
  ['not_yet_valid', { facts: { notBefore: AT + 1 } }],
  ['expired', { facts: { expiresAt: AT } }],
  ['owner_inactive', { facts: { owner: { ...good.owner, active: false } } }],
  ['account_inactive', { facts: { account: { ...good.account, active: false } } }],
  ['network_not_allowed', { asked: { address: '198.51.100.1' } }],
  ['project_mismatch', { asked: { project: 'prj_b' } }],
  ['permission_denied', { asked: { method: 'POST' } }],
];

function decideWith(flaws: typeof FLAWS): Decision {
  const facts = Object.assign({}, good, ...flaws.map(([, flaw]) => flaw.facts));
  return decide(facts, Object.assign({}, asked, ...flaws.map(([, flaw]) => flaw.asked)), AT);
}

const reasonOf = (decision: Decision) => (decision.allowed ? 'allowed' : decision.reason);

test('the reasons stand in the order of design 6', () => {
  assert.deepEqual(REASONS, [
    'malformed',
    'unknown',
    'inactive',
    'not_yet_valid',
    'expired',
    'owner_inactive',
    'account_inactive',
    'network_not_allowed',
    'project_mismatch',
    'permission_denied',
    'rate_limited',
    'quota_exhausted',
  ]);
});

test('a key without a flaw may pass, with its facts', () => {
  assert.deepEqual(decideWith([]), { allowed: true, facts: good });
});

describe('the first reason wins', () => {
  test('each reason that facts can give has its row here', () => {
    // The edge finds what is malformed, the charge what is too much.
    const elsewhere = ['malformed', 'rate_limited', 'quota_exhausted'];
    const expected = REASONS.filter(reason => !elsewhere.includes(reason));
    assert.deepEqual(
      FLAWS.map(([reason]) => reason),
      expected,
    );
  });
  for (const [index, flaw] of FLAWS.entries()) {
    const [reason] = flaw;
    test(`${reason}, alone`, () => assert.equal(reasonOf(decideWith([flaw])), reason));
    test(`${reason}, with all that come later`, () => assert.equal(reasonOf(decideWith(FLAWS.slice(index))), reason));
  }
});

describe('what a refusal tells', () => {
  test('nothing of an unknown key, nor of one of another account', () => {
    assert.deepEqual(decide(undefined, asked, AT), { allowed: false, reason: 'unknown' });
    assert.deepEqual(decideWith(FLAWS), { allowed: false, reason: 'unknown' });
  });

  test('the facts of a known key', () => {
    for (const flaw of FLAWS.slice(1)) {
      const decision = decideWith([flaw]);
      assert.equal(decision.facts?.key, good.key, flaw[0]);
    }
  });

  test('the missing permission, and only for permission_denied', () => {
    for (const flaw of FLAWS) {
      const decision = decideWith([flaw]);
      const missing = decision.allowed ? 'allowed' : decision.missing;
      assert.equal(missing, flaw[0] === 'permission_denied' ? 'read_write' : undefined, flaw[0]);
    }
  });
});

describe('what a restricted key is told to lack', () => {
  const endpoint = { id: 'POST /orders', reads: false };
  const viewer = { ...good.owner, role: 'viewer' as const };
  const rows: [name: string, facts: Partial<Facts>, asked: Partial<Asked>, missing: string | undefined][] = [
    ['the endpoint at the API', {}, { api: 'shop', method: 'POST', endpoint }, 'shop: POST /orders'],
    ['the whole API for what is no endpoint', {}, { api: 'shop', method: 'GET' }, 'shop: read_only'],
    ['writing there', { grants: { shop: 'read_only' } }, { api: 'shop', method: 'POST' }, 'shop: read_write'],
    [
      'an API',
      {},
      { method: 'GET' },
      'read_only, and no API was named: a restricted key works at the APIs it was given',
    ],
    [
      'an owner who may write',
      { grants: { shop: 'read_write' }, owner: viewer },
      { api: 'shop', method: 'POST' },
      'read_write, and its owner may only look',
    ],
    ['nothing', { grants: { shop: new Set(['POST /orders']) } }, { api: 'shop', method: 'POST', endpoint }, undefined],
  ];
  for (const [name, facts, more, missing] of rows) {
    test(name, () => {
      const decision = decide({ ...good, permission: 'restricted', ...facts }, { ...asked, ...more }, AT);
      assert.equal(decision.allowed ? undefined : decision.missing, missing);
      assert.equal(decision.allowed, missing === undefined);
    });
  }
});

test('who comes is told although nothing is granted', () => {
  const key = { ...good, permission: 'restricted' as const };
  assert.ok(decide(key, { ...asked, authenticateOnly: true }, AT).allowed);
  assert.ok(!decide({ ...key, enabled: false }, { ...asked, authenticateOnly: true }, AT).allowed);
});

describe('at the edges', () => {
  const rows: [name: string, facts: Partial<Facts>, asked: Partial<Asked>, expected: string][] = [
    ['1 ms before notBefore', { notBefore: AT + 1 }, {}, 'not_yet_valid'],
    ['at notBefore', { notBefore: AT }, {}, 'allowed'],
    ['1 ms before expiresAt', { expiresAt: AT + 1 }, {}, 'allowed'],
    ['at expiresAt', { expiresAt: AT }, {}, 'expired'],
    ['no times', { notBefore: null, expiresAt: null }, {}, 'allowed'],
    ['expired at 1970', { expiresAt: 0 }, {}, 'expired'],
    ['valid from 1970', { notBefore: 0 }, {}, 'allowed'],
    ['no account asked for', {}, { account: undefined }, 'allowed'],
    ['no address, bound to a network', {}, { address: undefined }, 'network_not_allowed'],
    [
      'an unreadable address, bound to all',
      { networks: [network('0.0.0.0/0')] },
      { address: 'x' },
      'network_not_allowed',
    ],
    ['no address, bound to no network', { networks: [] }, { address: undefined }, 'allowed'],
    ['an IPv4 address in IPv6 form', {}, { address: '::ffff:192.0.2.7' }, 'allowed'],
    ['its own project', {}, { project: 'prj_a' }, 'allowed'],
    ['its own project, at the endpoint of none', {}, { project: null }, 'project_mismatch'],
    ['no project, at the endpoint of none', { project: null }, { project: null }, 'allowed'],
    ['reading, with HEAD', {}, { method: 'HEAD' }, 'allowed'],
    ['reading, with OPTIONS', {}, { method: 'OPTIONS' }, 'allowed'],
    ['no method counts as writing', {}, { method: undefined }, 'permission_denied'],
    ['get is not GET', {}, { method: 'get' }, 'permission_denied'],
    ['an unknown method counts as writing', {}, { method: 'BREW' }, 'permission_denied'],
    ['writing with read_write', { permission: 'read_write' }, { method: 'DELETE' }, 'allowed'],
    ['no method with read_write', { permission: 'read_write' }, { method: undefined }, 'allowed'],
  ];
  for (const [name, facts, more, expected] of rows) {
    test(`${name}: ${expected}`, () => {
      assert.equal(reasonOf(decide({ ...good, ...facts }, { ...asked, ...more }, AT)), expected);
    });
  }
});
