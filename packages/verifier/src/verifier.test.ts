import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Asked, type Credential, type Facts, type KeyId, newKeyId, newSecret } from '@keywright/core';
import { digestOf, Verifier } from './verifier.ts';

const AT = 1_800_000_000_000;
const ASKED: Asked = { project: null, method: 'GET' };

function newCredential(key: KeyId = newKeyId(randomBytes)): Credential {
  return { key, secret: newSecret(key, randomBytes) };
}

function factsFor({ key, secret }: Credential, more: Partial<Facts> = {}): Facts {
  return {
    key,
    digest: digestOf(secret),
    name: null,
    enabled: true,
    notBefore: null,
    expiresAt: null,
    permission: 'read_write',
    networks: [],
    project: null,
    owner: { kind: 'member', id: 'mem_ada', name: 'Ada', role: 'member', active: true },
    account: { id: 'acc_acme', active: true },
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
    const verify = (facts: Facts | undefined, credential: Credential, asked = ASKED) =>
      new Verifier(() => wrap(facts)).verify(credential, asked, AT);

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
        assert.equal((await verifier.verify(tried, ASKED, AT)).allowed, allowed);
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
        const decision = await verifier.verify(credential, ASKED, at);
        reasons.push(decision.allowed ? 'allowed' : decision.reason);
      }
      assert.deepEqual(reasons, ['not_yet_valid', 'allowed', 'allowed', 'expired']);
      assert.equal(loads, 1);
    });

    test('a key is dead with the first verify after its eviction', async () => {
      const credential = newCredential();
      let facts: Facts | undefined = factsFor(credential);
      const verifier = new Verifier(() => wrap(facts));
      assert.equal((await verifier.verify(credential, ASKED, AT)).allowed, true);
      facts = undefined;
      verifier.cache.evict(credential.key);
      assert.equal((await verifier.verify(credential, ASKED, AT)).allowed, false);
    });

    test('facts that cannot be loaded are an error, never a decision', async () => {
      const verifier = new Verifier(() => {
        const error = new Error('no connection');
        if (when === 'later') return Promise.reject(error);
        throw error;
      });
      await assert.rejects(async () => verifier.verify(newCredential(), ASKED, AT), /no connection/);
    });
  });
}

test('the cache of a verifier holds as many as it is told', () => {
  const verifier = new Verifier(key => factsFor(newCredential(key)), 2);
  for (let n = 0; n < 5; n++) void verifier.verify(newCredential(), ASKED, AT);
  assert.equal(verifier.cache.size, 2);
});
