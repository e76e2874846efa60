import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  grantSets,
  type HeldLimits,
  type KeyDigest,
  type KeyId,
  newKeyId,
  newKeyIds,
  type ProvableFacts,
  readNetworks,
} from '@keywright/core';
import { KeyTable, NO_ROW } from './key-table.ts';

const OWNERS: ProvableFacts['owner'][] = [
  { kind: 'member', id: 'mem_ada', name: 'Ada', role: 'member', active: true },
  { kind: 'member', id: 'mem_ada', name: 'Ada', role: 'viewer', active: true },
  { kind: 'member', id: 'mem_ada', name: 'Ada B', role: 'member', active: true },
  { kind: 'member', id: 'mem_ada', name: 'Ada', role: 'member', active: false },
  { kind: 'service_account', id: 'sva_bot', name: 'Bot', role: 'admin', active: true },
];
const ACCOUNTS = ['acc_acme', 'acc_other'].flatMap(id => [true, false].map(active => ({ id, active })));
const GRANTS = [grantSets({}), {}, grantSets({ api_a: ['GET /x'] }), grantSets({ api_a: ['GET /y'] })];
const NETWORKS = [[], readNetworks(['192.0.2.0/24']), readNetworks(['192.0.2.0/24', '2001:db8::/32'])];
const LIMITS = [[], heldLimits(1), heldLimits(2)];
const TIMES = [null, 0, -1, 1_800_000_000_000, 1_800_000_000_000.5, 8.64e15];

function heldLimits(max: number): HeldLimits[] {
  return [{ of: 'key', rateLimits: [{ name: 'a', max, perSeconds: 1, burst: max }], quotas: [] }];
}

const digest = () => randomBytes(32).toString('latin1') as KeyDigest; // of the right size
const oneOf = <Item>(items: readonly Item[]): Item => items[randomInt(items.length)] as Item; // none is empty
const tag = () => new Int32Array(randomBytes(16).buffer.slice(0, 16));

function anyFacts(key: KeyId = newKeyId(randomBytes)): ProvableFacts {
  return {
    key,
    digest: digest(),
    name: oneOf([null, '', 'Name', 'ünï\ud83d\ude00']),
    enabled: oneOf([true, false]),
    notBefore: oneOf(TIMES),
    expiresAt: oneOf(TIMES),
    permission: oneOf(['read_write', 'read_only', 'restricted']),
    grants: oneOf(GRANTS),
    networks: oneOf(NETWORKS),
    project: oneOf([null, 'prj_a', 'prj_b']),
    owner: oneOf(OWNERS),
    account: oneOf(ACCOUNTS),
    limits: oneOf(LIMITS),
  };
}

function factsOf(table: KeyTable, key: KeyId): ProvableFacts | undefined {
  const row = table.rowOf(key);
  return row === NO_ROW ? undefined : table.provableAt(row);
}

describe('a table of keys', () => {
  test('gives back whatever it was given, each key its own', () => {
    const table = new KeyTable(100_000);
    const keys = [...newKeyIds(5000, randomBytes), ...Array.from({ length: 5000 }, () => newKeyId(randomBytes))];
    const all = keys.map(key => anyFacts(key));
    for (const facts of all) table.put(facts);
    assert.equal(table.size, all.length);
    for (const facts of all) assert.deepEqual(factsOf(table, facts.key), facts);
    const [first] = all as [ProvableFacts]; // there are thousands
    Object.assign(factsOf(table, first.key) as object, { enabled: !first.enabled, project: 'prj_other' });
    assert.deepEqual(factsOf(table, first.key), first);
  });

  test('does what a map would do, whatever comes in whatever order', () => {
    const table = new KeyTable(1000);
    const model = new Map<KeyId, ProvableFacts>();
    const tags = new Map<string, { key: KeyId; tag: Int32Array; isForeign: boolean }>();
    const keys = newKeyIds(300, randomBytes);
    for (let step = 0; step < 30_000; step++) {
      const key = oneOf(keys);
      const row = table.rowOf(key);
      switch (randomInt(step % 500 === 0 ? 5 : 4)) {
        case 0:
          table.put(anyFacts(key));
          model.set(key, factsOf(table, key) as ProvableFacts); // that they are those is the test above
          for (const [text, proof] of tags) if (proof.key === key) tags.delete(text);
          break;
        case 1:
          table.delete(key);
          model.delete(key);
          break;
        case 2: {
          if (row === NO_ROW) break;
          for (const [text, proof] of tags) if (proof.key === key) tags.delete(text);
          const proof = tag();
          const isForeign = oneOf([true, false]);
          table.prove(row, proof, isForeign);
          tags.set(proof.join(), { key, tag: proof, isForeign });
          break;
        }
        case 3:
          assert.deepEqual(factsOf(table, key), model.get(key));
          break;
        default: {
          const { owner, account } = anyFacts();
          const fits = (facts: Pick<ProvableFacts, 'owner' | 'account'>) =>
            facts.owner.id === owner.id && facts.account.id === account.id;
          table.deleteWhere(fits);
          for (const [held, facts] of model) if (fits(facts)) model.delete(held);
        }
      }
      assert.equal(table.size, model.size);
      if (tags.size === 0) continue;
      const proof = oneOf([...tags.values()].slice(-20));
      const isHere = model.has(proof.key);
      const found = table.rowOfTag(proof.tag);
      assert.equal(
        found === NO_ROW ? undefined : table.factsAt(found).key,
        isHere && proof.isForeign ? proof.key : undefined,
      );
      const named = table.rowOf(proof.key);
      assert.equal(named !== NO_ROW && table.isProvenBy(named, proof.tag), isHere);
    }
  });

  test('a tag finds the key that it proved, all of it, and only while the facts stand', () => {
    const table = new KeyTable(10);
    const [one, other] = [anyFacts(), anyFacts()];
    for (const facts of [one, other]) table.put(facts);
    const proof = tag();
    assert.equal(table.rowOfTag(new Int32Array(4)), NO_ROW, 'as a row without a tag might look');
    assert.equal(table.isProvenBy(table.rowOf(one.key), new Int32Array(4)), false, 'nor is it proven');
    table.prove(table.rowOf(one.key), proof, true);
    assert.ok(table.isProvenBy(table.rowOf(one.key), proof));
    assert.equal(table.isProvenBy(table.rowOf(other.key), proof), false);
    assert.equal(table.factsAt(table.rowOfTag(proof)).key, one.key);
    for (let n = 0; n < 4; n++) {
      const near = proof.slice();
      near[n] = (near[n] ?? 0) ^ (1 << 30);
      assert.equal(table.rowOfTag(near), NO_ROW);
      assert.equal(table.isProvenBy(table.rowOf(one.key), near), false);
    }
    table.put({ ...one, enabled: false });
    assert.equal(table.rowOfTag(proof), NO_ROW, 'facts came anew');
    assert.equal(table.isProvenBy(table.rowOf(one.key), proof), false);
    table.prove(table.rowOf(one.key), proof, true);
    table.delete(one.key);
    assert.equal(table.rowOfTag(proof), NO_ROW);
    const next = anyFacts();
    table.put(next);
    assert.equal(table.rowOfTag(proof), NO_ROW, 'the row was reused');
    assert.equal(table.isProvenBy(table.rowOf(next.key), proof), false);
  });

  test('a text of ours is found by the key that it names, wherever that stands', () => {
    const table = new KeyTable(10);
    const facts = anyFacts();
    table.put(facts);
    const row = table.rowOf(facts.key);
    const secret = 's'.repeat(40);
    for (const text of [`kw_${facts.key}_${secret}`, `${facts.key}:${secret}`, `a_long_prefix_${facts.key}_${secret}:`])
      assert.equal(table.rowOfText(text), row, text);
    const wrong = [
      '',
      ':',
      'short',
      `kw_${facts.key}_${secret}s`,
      `kw_${facts.key}-${secret}`,
      `${facts.key}${secret}`,
    ];
    for (const text of [...wrong, `kw_${newKeyId(randomBytes)}_${secret}`, 'é'.repeat(64), `_${'😀'.repeat(40)}`])
      assert.equal(table.rowOfText(text), NO_ROW, text);
  });

  test('lets the oldest go when it is full, with their tags', () => {
    const table = new KeyTable(3);
    const all = Array.from({ length: 7 }, () => ({ facts: anyFacts(), proof: tag() }));
    for (const { facts, proof } of all) {
      table.put(facts);
      table.prove(table.rowOf(facts.key), proof, true);
      assert.ok(table.size <= 3);
    }
    for (const [n, { facts, proof }] of all.entries()) {
      assert.equal(factsOf(table, facts.key) !== undefined, n >= 4);
      assert.equal(table.rowOfTag(proof) !== NO_ROW, n >= 4);
    }
  });
});
