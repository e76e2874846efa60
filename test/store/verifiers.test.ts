import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { newId } from '@keywright/core';
import { allVerifiers, deleteVerifier, type StoredVerifier, saveVerifier } from '@keywright/store';
import { DATABASES, makeAccount, startTestApp } from '../support/app.ts';

for (const kind of DATABASES) {
  test(`verifiers are remembered until they have stopped, on ${kind}`, async () => {
    await using running = await startTestApp(kind);
    const { store } = running.app;
    const { id: account } = await makeAccount(running.app, 'Acme');
    const first: StoredVerifier = {
      id: newId('ver', randomBytes),
      account,
      project: null,
      name: 'gateway',
      version: '1.0.0',
      staleMaxMs: 5000,
      onStale: 'serve',
      connectedAt: 1000,
      by: newId('mem', randomBytes),
    };
    await store.transact(tx => saveVerifier(tx, first, 1));
    assert.deepEqual(await allVerifiers(store.db), [first]);
    const again = { ...first, name: null, staleMaxMs: 2000, onStale: 'refuse', connectedAt: 2000 } as const;
    await store.transact(tx => saveVerifier(tx, again, 1));
    await store.transact(tx => deleteVerifier(tx, first));
    assert.deepEqual(await allVerifiers(store.db), [again]);
    await store.transact(tx => deleteVerifier(tx, again));
    assert.deepEqual(await allVerifiers(store.db), []);
  });
}
