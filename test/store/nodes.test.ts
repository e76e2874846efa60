import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { newId } from '@keywright/core';
import {
  deleteNode,
  deleteSilent,
  nodesOfOtherSecret,
  openStore,
  type StoredNode,
  type StoredVerifier,
  saveNode,
  saveVerifier,
} from '@keywright/store';
import { AT, makeAccount, openedForSuite } from './stores.ts';

describe('what nodes tell each other', () => {
  const opened = openedForSuite('PostgreSQL');
  const SILENCE = { sequence: 0, lagMs: null, entries: null, hitRate: null };

  const makeNode = async (secretMark = 'mark'): Promise<StoredNode> => {
    const node = {
      id: newId('nod', randomBytes),
      name: 'keys-1:7',
      version: '1.0.0',
      staleMaxMs: 5000,
      connectedAt: AT,
    };
    await opened.store.transact(tx => saveNode(tx, node, secretMark));
    return node;
  };
  const makeVerifier = async (): Promise<StoredVerifier> => {
    const { account, owner: by } = await makeAccount(opened.store);
    const said = { name: null, version: null, staleMaxMs: 2000, onStale: 'refuse', connectedAt: AT, by } as const;
    const verifier = { id: newId('ver', randomBytes), account, project: null, ...said };
    await opened.store.transact(tx => saveVerifier(tx, verifier, 10));
    return verifier;
  };
  const words = () => opened.store.words ?? assert.fail();
  const hear = async (id: string) => (await words().hear()).find(one => one.id === id);

  test('all are heard, with what they said last; each word is another one', async () => {
    const [node, verifier] = [await makeNode(), await makeVerifier()];
    const [silentNode, silentVerifier] = [await hear(node.id), await hear(verifier.id)];
    assert.deepEqual(silentNode, { kind: 'node', ...node, ...SILENCE, beat: silentNode?.beat });
    assert.deepEqual(silentVerifier, { kind: 'verifier', ...verifier, ...SILENCE, beat: silentVerifier?.beat });
    const said = { sequence: 7, lagMs: 12, entries: 3, hitRate: 0.5 };
    const { known, held } = await words().say(
      [
        { id: node.id, ...said },
        { id: verifier.id, ...said },
        { id: 'nod_x', ...said },
      ],
      true,
    );
    assert.deepEqual([[...known].sort(), held.size], [[node.id, verifier.id].sort(), 0]);
    assert.deepEqual(await hear(verifier.id), { ...silentVerifier, ...said, beat: (silentVerifier?.beat ?? 0) + 1 });
    assert.deepEqual(await hear(node.id), { ...silentNode, ...said, hitRate: null, beat: (silentNode?.beat ?? 0) + 1 });
    await words().say([{ id: node.id, ...said }], false);
    assert.equal((await hear(node.id))?.beat, (silentNode?.beat ?? 0) + 2);
  });

  test('those of another secret are told, with their last word; those of versions that left no mark are not', async () => {
    const { store } = opened;
    const [same, other, old] = [await makeNode('same'), await makeNode('other'), await makeNode('none')];
    await store.transact(tx => tx.updateTable('nodes').set({ secret_mark: null }).where('id', '=', old.id).execute());
    const told = await nodesOfOtherSecret(store.db, 'same');
    const ids = [same.id, other.id, old.id];
    const { id, name } = other;
    assert.deepEqual(
      told.filter(one => ids.includes(one.id)),
      [{ id, name, beat: (await hear(id))?.beat }],
    );
  });

  test('one that connects again has said nothing since, and that is a word, too', async () => {
    const verifier = await makeVerifier();
    await words().say([{ id: verifier.id, ...SILENCE, sequence: 9 }], true);
    const before = await hear(verifier.id);
    await opened.store.transact(tx => saveVerifier(tx, verifier, 10));
    const after = await hear(verifier.id);
    assert.deepEqual([after?.sequence, after?.beat === before?.beat], [0, false]);
  });

  test('one that fell silent is forgotten, unless it has said a word since', async () => {
    const { store } = opened;
    for (const { id } of [await makeNode(), await makeVerifier()]) {
      const silent = await hear(id);
      assert.ok(silent);
      await words().say([{ id, ...SILENCE }], false);
      await store.transact(tx => deleteSilent(tx, silent));
      const spoken = await hear(id);
      assert.ok(spoken);
      await store.transact(tx => deleteSilent(tx, spoken));
      assert.equal(await hear(id), undefined);
    }
    const { id } = await makeNode();
    await store.transact(tx => deleteNode(tx, id));
    assert.deepEqual(await words().say([{ id, ...SILENCE }], false), { known: new Set(), held: new Set() });
  });

  test('of a verifier whose row somebody holds no word is said, and no other waits for that', async () => {
    const [node, verifier] = [await makeNode(), await makeVerifier()];
    const before = await hear(verifier.id);
    const both = [node, verifier].map(({ id }) => ({ ...SILENCE, id, sequence: 8 }));
    await opened.store.transact(async tx => {
      await tx.updateTable('verifiers').set({ batch: 1 }).where('id', '=', verifier.id).execute();
      assert.deepEqual(await words().say(both, true), { known: new Set([node.id]), held: new Set([verifier.id]) });
      assert.deepEqual([(await hear(node.id))?.sequence, await hear(verifier.id)], [8, before]);
    });
    assert.deepEqual((await words().say(both, true)).held, new Set());
    assert.equal((await hear(verifier.id))?.sequence, 8);
  });

  test('said of the same ones by many nodes at once, in any order, none is lost', async () => {
    await using stack = new AsyncDisposableStack();
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await makeVerifier()).id));
    const before = await Promise.all(ids.map(hear));
    const nodes = await Promise.all(Array.from({ length: 4 }, async () => stack.use(await openStore(opened.location))));
    for (let round = 0; round < 10; round++) {
      const said = nodes.map(async ({ words }, n) => {
        let order = n % 2 === 0 ? ids : ids.toReversed();
        while (order.length > 0) {
          const said = order.map(id => ({ id, ...SILENCE }));
          order = [...((await words?.say(said, false))?.held ?? assert.fail())];
        }
      });
      await Promise.all(said);
    }
    for (const [n, id] of ids.entries()) assert.equal((await hear(id))?.beat, (before[n]?.beat ?? 0) + 40);
  });
});
