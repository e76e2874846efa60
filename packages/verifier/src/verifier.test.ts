import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type ApiFacts,
  type Asked,
  BUILT_IN_API,
  type Credential,
  compileEndpoints,
  type Grants,
  grantSets,
  type KeyId,
  newKeyId,
  newSecret,
  type ProvableFacts,
} from '@keywright/core';
import { digestOf, Verifier } from './verifier.ts';

const AT = 1_800_000_000_000;
const ASKED: Asked = { project: null, method: 'GET' };

const VIEWER: ProvableFacts['owner'] = { kind: 'member', id: 'mem_bea', name: 'Bea', role: 'viewer', active: true };

function newCredential(key: KeyId = newKeyId(randomBytes)): Credential {
  return { key, secret: newSecret(key, randomBytes) };
}

const textOf = ({ key, secret }: Credential) => `${key}:${secret.reveal()}`;

function factsFor({ key, secret }: Credential, more: Partial<ProvableFacts> = {}): ProvableFacts {
  return {
    key,
    digest: digestOf(secret),
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
    limits: [],
    ...more,
  };
}

test('the digest is SHA-256 of the secret', () => {
  const { secret } = newCredential();
  const expected = createHash('sha256').update(secret.reveal()).digest();
  assert.equal(digestOf(secret), expected.toString('latin1'));
});

for (const [when, wrap] of [
  ['at once', <Found>(found: Found) => found],
  ['later', async <Found>(found: Found) => found],
] as const) {
  describe(`a verifier whose facts come ${when}`, () => {
    const verify = (facts: ProvableFacts | undefined, credential: Credential, asked = ASKED) =>
      new Verifier(() => wrap(facts)).verify(textOf(credential), asked, AT);

    test('allows the right secret, and says whose it is', async () => {
      const credential = newCredential();
      const facts = factsFor(credential);
      assert.deepEqual(await verify(facts, credential), { allowed: true, facts });
    });

    test('answers no such key and a wrong secret alike', async () => {
      const credential = newCredential();
      const wrong = newCredential(credential.key);
      const unknown = await verify(undefined, credential);
      assert.deepEqual(unknown, { allowed: false, reason: 'unknown' });
      assert.deepEqual(await verify(factsFor(credential), wrong), unknown);
    });

    test('a wrong secret learns nothing of the state of the key', async () => {
      const credential = newCredential();
      const wrong = newCredential(credential.key);
      for (const state of [{ enabled: false }, { expiresAt: 0 }, { notBefore: AT + 1 }]) {
        const decision = await verify(factsFor(credential, state), wrong);
        assert.deepEqual(decision, { allowed: false, reason: 'unknown' });
      }
    });

    test('a wrong secret takes nothing from the right one', async () => {
      const credential = newCredential();
      const facts = factsFor(credential);
      const verifier = new Verifier(() => wrap(facts));
      for (const [tried, allowed] of [
        [newCredential(credential.key), false],
        [credential, true],
        [newCredential(credential.key), false],
        [credential, true],
      ] as const)
        assert.equal((await verifier.verify(textOf(tried), ASKED, AT)).allowed, allowed);
    });

    test('time passes although facts are cached: decisions are not', async () => {
      const credential = newCredential();
      const facts = factsFor(credential, { notBefore: AT, expiresAt: AT + 2 });
      let loads = 0;
      const verifier = new Verifier(() => {
        loads++;
        return wrap(facts);
      });
      const reasons = [];
      for (const at of [AT - 1, AT, AT + 1, AT + 2]) {
        const decision = await verifier.verify(textOf(credential), ASKED, at);
        reasons.push(decision.allowed ? 'allowed' : decision.reason);
      }
      assert.deepEqual(reasons, ['not_yet_valid', 'allowed', 'allowed', 'expired']);
      assert.equal(loads, 1);
    });

    test('a key is dead with the first verify after its eviction', async () => {
      const credential = newCredential();
      let facts: ProvableFacts | undefined = factsFor(credential);
      const verifier = new Verifier(() => wrap(facts));
      assert.equal((await verifier.verify(textOf(credential), ASKED, AT)).allowed, true);
      facts = undefined;
      verifier.cache.evict(credential.key);
      assert.equal((await verifier.verify(textOf(credential), ASKED, AT)).allowed, false);
    });

    test('facts that cannot be loaded are an error, never a decision', async () => {
      const verifier = new Verifier(() => {
        const error = new Error('no connection');
        if (when === 'later') return Promise.reject(error);
        throw error;
      });
      await assert.rejects(async () => verifier.verify(textOf(newCredential()), ASKED, AT), /no connection/);
    });
  });
}

test('the cache of a verifier holds as many as it is told', () => {
  const verifier = new Verifier(key => factsFor(newCredential(key)), { entriesMax: 2 });
  for (let n = 0; n < 5; n++) void verifier.verify(textOf(newCredential()), ASKED, AT);
  assert.equal(verifier.cache.size, 2);
});

for (const [when, wrap] of [
  ['at once', <Found>(found: Found) => found],
  ['later', async <Found>(found: Found) => found],
] as const) {
  describe(`a verifier at an API that comes ${when}`, () => {
    const entries = [
      { id: 'GET /orders/{}', method: 'GET', path: '/orders/{order}', reads: true },
      { id: 'POST /search', method: 'POST', path: '/search', reads: true },
      { id: 'GET /logout', method: 'GET', path: '/logout', reads: false },
    ];
    const apis: Record<string, ApiFacts> = {
      shop: { id: 'shop', account: 'acc_acme', project: null, endpoints: compileEndpoints(entries.slice(0, 2)) },
      risky: { id: 'risky', account: 'acc_acme', project: null, endpoints: compileEndpoints(entries) },
      ours: { id: 'ours', account: 'acc_acme', project: 'prj_a', endpoints: compileEndpoints(entries) },
      theirs: { id: 'theirs', account: 'acc_other', project: null, endpoints: compileEndpoints(entries) },
    };

    type Held = Partial<Omit<ProvableFacts, 'grants'>> & { grants?: Grants };
    const rows: [name: string, facts: Held, asked: Partial<Asked>, expected: string][] = [
      ['an endpoint that was given', { grants: { shop: ['GET /orders/{}'] } }, { path: '/orders/7?a=b' }, 'allowed'],
      [
        'another endpoint',
        { grants: { shop: ['GET /orders/{}'] } },
        { path: '/search', method: 'POST' },
        'permission_denied',
      ],
      ['no endpoint', { grants: { shop: ['GET /orders/{}'] } }, { path: '/orders/7/' }, 'permission_denied'],
      ['no path', { grants: { shop: ['GET /orders/{}'] } }, {}, 'permission_denied'],
      [
        'no method',
        { grants: { shop: ['GET /orders/{}'] } },
        { path: '/orders/7', method: undefined },
        'permission_denied',
      ],
      ['a grant for another API', { grants: { risky: 'read_write' } }, { path: '/orders/7' }, 'permission_denied'],
      ['reading, a POST that reads', { grants: { shop: 'read_only' } }, { path: '/search', method: 'POST' }, 'allowed'],
      ['reading, no endpoint', { grants: { shop: 'read_only' } }, { path: '/elsewhere' }, 'allowed'],
      [
        'reading, a GET that writes',
        { grants: { risky: 'read_only' } },
        { api: 'risky', path: '/logout' },
        'permission_denied',
      ],
      [
        'reading, the same in another spelling',
        { grants: { risky: 'read_only' } },
        { api: 'risky', path: '/logout/' },
        'permission_denied',
      ],
      [
        'read_only, a GET that writes',
        { permission: 'read_only' },
        { api: 'risky', path: '/logout' },
        'permission_denied',
      ],
      [
        'read_only, the same in another spelling',
        { permission: 'read_only' },
        { api: 'risky', path: '/%6cogout' },
        'permission_denied',
      ],
      [
        'read_only, an endpoint that reads',
        { permission: 'read_only' },
        { api: 'risky', path: '/orders/7' },
        'allowed',
      ],
      ['all of the API', { grants: { shop: 'read_write' } }, { path: '/elsewhere', method: 'DELETE' }, 'allowed'],
      ['an API of nobody', { permission: 'read_write' }, { api: 'nowhere' }, 'unknown'],
      ['an API of another account', { permission: 'read_write' }, { api: 'theirs' }, 'unknown'],
      ['an account that is not the one of the API', { permission: 'read_write' }, { account: 'acc_other' }, 'unknown'],
      ['an API of a project, with a key of none', { permission: 'read_write' }, { api: 'ours' }, 'project_mismatch'],
      ['an API of a project, with its key', { permission: 'read_write', project: 'prj_a' }, { api: 'ours' }, 'allowed'],
      [
        'the same, at its project',
        { permission: 'read_write', project: 'prj_a' },
        { api: 'ours', project: 'prj_a' },
        'allowed',
      ],
      [
        'the same, at another project',
        { permission: 'read_write', project: 'prj_b' },
        { api: 'ours', project: 'prj_b' },
        'unknown',
      ],
      [
        'an API of no project, at a project',
        { permission: 'read_write', project: 'prj_b' },
        { project: 'prj_b' },
        'allowed',
      ],
      [
        'a viewer, who may only look',
        { grants: { shop: 'read_write' }, owner: VIEWER },
        { path: '/x', method: 'POST' },
        'permission_denied',
      ],
    ];
    for (const [name, facts, asked, expected] of rows) {
      test(`${name}: ${expected}`, async () => {
        const credential = newCredential();
        const grants = grantSets(facts.grants ?? {});
        const known = factsFor(credential, { permission: 'restricted', ...facts, grants });
        const verifier = new Verifier(() => wrap(known), { loadApi: id => wrap(apis[id]) });
        const full: Asked = { ...ASKED, api: 'shop', ...asked };
        for (let times = 0; times < 2; times++) {
          const decision = await verifier.verify(textOf(credential), full, AT);
          assert.equal(decision.allowed ? 'allowed' : decision.reason, expected);
        }
        const uses = verifier.uses.take().slice();
        const used = uses.map(({ api, count }) => [api, count]);
        // What had to wait for its API is taken down anew.
        const [one, both] = [
          [full.api, 1],
          [full.api, 2],
        ];
        assert.deepEqual(used, expected !== 'allowed' ? [] : used.length === 1 ? [both] : [one, one]);
      });
    }

    test('no API is looked up for who has not proven a key', async () => {
      const credential = newCredential();
      const verifier = new Verifier(() => wrap(factsFor(credential)), { loadApi: () => assert.fail('looked up') });
      const asked: Asked = { ...ASKED, api: 'shop' };
      for (const text of ['x', textOf(newCredential(credential.key))])
        assert.equal((await verifier.verify(text, asked, AT)).allowed, false);
    });
  });
}

test('a key that is deactivated while its API is looked up is refused', async () => {
  const credential = newCredential();
  let facts = factsFor(credential);
  const api = Promise.withResolvers<ApiFacts | undefined>();
  const verifier = new Verifier(() => facts, { loadApi: () => api.promise });
  const decision = verifier.verify(textOf(credential), { ...ASKED, api: 'shop' }, AT);
  facts = { ...facts, enabled: false };
  verifier.cache.evict(credential.key);
  api.resolve({ id: 'shop', account: facts.account.id, project: null, endpoints: compileEndpoints([]) });
  assert.deepEqual(await decision, { allowed: false, reason: 'inactive', facts: verifier.cache.find(credential.key) });
});

test('who comes is told without judging what they do', async () => {
  const credential = newCredential();
  const known = factsFor(credential, { permission: 'restricted' });
  const verifier = new Verifier(() => known);
  const asked: Asked = { project: null, api: BUILT_IN_API };
  assert.equal((await verifier.verify(textOf(credential), asked, AT)).allowed, false);
  assert.equal((await verifier.verify(textOf(credential), { ...asked, authenticateOnly: true }, AT)).allowed, true);
});
