import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type Asked,
  type Charged,
  type Credential,
  compileEndpoints,
  endpointId,
  grantSets,
  type HeldLimits,
  newKeyId,
  newSecret,
  type ProvableFacts,
} from '@keywright/core';
import { type Charge, digestOf, Verifier } from './verifier.ts';

const AT = 1_800_000_000_000;
const ASKED: Asked = { project: null, method: 'GET' };
const LIMITS: readonly HeldLimits[] = [
  { of: 'key', rateLimits: [{ name: 'steady', max: 1, perSeconds: 1, burst: 1 }], quotas: [] },
];
const PASSED: Charged = { refused: null, limits: [], retryAt: null, degraded: false, at: AT };
const LIMITED: Charged = { ...PASSED, refused: 'rate_limited', retryAt: AT + 1000 };

const key = newKeyId(randomBytes);
const credential: Credential = { key, secret: newSecret(key, randomBytes) };
const text = `${key}:${credential.secret.reveal()}`;
const facts: ProvableFacts = {
  key,
  digest: digestOf(credential.secret),
  name: null,
  enabled: true,
  notBefore: null,
  expiresAt: null,
  permission: 'read_write',
  grants: {},
  networks: [],
  project: null,
  owner: { kind: 'member', id: 'mem_ada', name: 'Ada', role: 'member', active: true },
  account: { id: 'acc_acme', active: true },
  limits: LIMITS,
};

function verifier(charge: Charge, found: Partial<ProvableFacts> = {}) {
  return new Verifier(() => ({ ...facts, ...found }), {
    charge,
    loadApi: id => ({ id, account: 'acc_acme', project: null, endpoints: compileEndpoints([]) }),
  });
}

const usesOf = ({ uses }: Verifier) =>
  uses
    .take()
    .slice()
    .reduce((sum, { count }) => sum + count, 0);

describe('charging', () => {
  test('is for keys that have limits', () => {
    const free = verifier(() => assert.fail('charged'), { limits: [] });
    for (let n = 0; n < 3; n++) assert.deepEqual(Object.keys(free.verify(text, ASKED, AT)), ['allowed', 'facts']);
    assert.equal(usesOf(free), 3);
  });

  test('comes after everything else: what is refused anyway takes nothing', () => {
    const never = verifier(() => assert.fail('charged'), { enabled: false });
    assert.partialDeepStrictEqual(never.verify(text, ASKED, AT), { allowed: false, reason: 'inactive' });
    const other = verifier(() => assert.fail('charged'));
    assert.partialDeepStrictEqual(other.verify(`${key}:${newSecret(key, randomBytes).reveal()}`, ASKED, AT), {
      allowed: false,
      reason: 'unknown',
    });
  });

  test('is answered at once where it is known at once, with how the limits stand', () => {
    const passing = verifier(() => PASSED);
    const { uses: _, ...decision } = { uses: 0, ...passing.verify(text, ASKED, AT) };
    assert.partialDeepStrictEqual(decision, { allowed: true, charged: PASSED });
    const refusing = verifier(() => LIMITED);
    assert.partialDeepStrictEqual(refusing.verify(text, ASKED, AT), {
      allowed: false,
      reason: 'rate_limited',
      charged: LIMITED,
    });
    assert.deepEqual([usesOf(passing), usesOf(refusing)], [1, 0]);
  });

  test('is told the cost, also of what is asked for at an API', () => {
    const costs: (number | undefined)[] = [];
    const counting = verifier((_, { cost }) => {
      costs.push(cost);
      return PASSED;
    });
    for (const more of [
      {},
      { cost: 7 },
      { cost: 0, api: 'api_a' },
      { cost: 9, api: 'api_a', path: '/', method: 'GET' },
    ])
      counting.verify(text, { ...ASKED, ...more }, AT);
    assert.deepEqual(costs, [undefined, 7, 0, 9]);
  });

  test('is left out where limits do not count', () => {
    const decision = verifier(() => assert.fail('charged')).verify(text, { ...ASKED, unlimited: true }, AT);
    assert.partialDeepStrictEqual(decision, { allowed: true });
  });

  test('that takes a while: a key that dies meanwhile does not pass', async () => {
    const charging = Promise.withResolvers<Charged>();
    let enabled = true;
    const slow = new Verifier(() => ({ ...facts, enabled }), { charge: () => charging.promise });
    const [first, second] = [slow.verify(text, ASKED, AT), slow.verify(text, ASKED, AT)];
    assert.ok(first instanceof Promise);
    enabled = false;
    slow.cache.evict(key);
    charging.resolve(PASSED);
    for (const one of [first, second]) assert.partialDeepStrictEqual(await one, { allowed: false, reason: 'inactive' });
    assert.equal(usesOf(slow), 0);
  });

  test('that takes a while: what has become another endpoint meanwhile is judged as that, and nothing is charged twice', async () => {
    const orders = ['/orders/{id}', '/orders/export'].map(path => ({
      id: endpointId('GET', path),
      method: 'GET',
      path,
      reads: true,
    }));
    const [id = ''] = orders.map(one => one.id);
    const grants = grantSets({ api_a: [id] });
    let known = 1;
    let charges = 0;
    const charging = Promise.withResolvers<Charged>();
    const slow = new Verifier(() => ({ ...facts, permission: 'restricted', grants }), {
      charge: () => {
        charges++;
        return charging.promise;
      },
      loadApi: id => ({
        id,
        account: 'acc_acme',
        project: null,
        endpoints: compileEndpoints(orders.slice(0, known)),
      }),
    });
    const ask = (path: string) => slow.verify(text, { ...ASKED, api: 'api_a', path }, AT);
    const [one, other] = [ask('/orders/7'), ask('/orders/export')];
    known = 2;
    slow.apis.evict('api_a');
    charging.resolve(PASSED);
    assert.equal((await one).allowed, true);
    assert.partialDeepStrictEqual(await other, { allowed: false, reason: 'permission_denied' });
    assert.deepEqual([charges, usesOf(slow)], [2, 1]);
  });

  test('that fails is no refusal', async () => {
    const failing = verifier(() => Promise.reject(new Error('gone')));
    await assert.rejects(async () => failing.verify(text, ASKED, AT), /gone/);
  });
});
