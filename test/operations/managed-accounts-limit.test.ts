import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { limits, newId } from '@keywright/core';
import { DATABASES } from '../support/app.ts';
import { acting, managing, refusal } from './acting.ts';
import { makeWorld, type World } from './world.ts';

const ROWS_AT_ONCE = 1000;

for (const kind of DATABASES)
  test(`on ${kind} an account manages at most so many in all, on whatever level the next is asked for`, async () => {
    await using world = await makeWorld(kind);
    const { app, foreign } = world;
    const act = acting(app, foreign.callers.owner);
    const below = await act('createManagedAccount', { name: 'Below' });
    await fill(world);
    const refused = await refusal(act('createManagedAccount', { name: 'One too many' }), 'conflict');
    assert.match(refused.message, new RegExp(`at most ${limits.managedAccountsMax}`, 'i'));
    const deeper = acting(app, managing(below.id, foreign.callers.owner));
    await refusal(deeper('createManagedAccount', { name: 'One too many' }), 'conflict');
    await acting(app, world.home.callers.owner)('createManagedAccount', { name: 'Elsewhere' });
  });

/** As many accounts as one can manage, below the foreign one. */
async function fill({ app, foreign }: World): Promise<void> {
  const row = { name: 'Filler', sort_name: 'filler', active: 1, key_policy: '{}', managed_by: foreign.id };
  for (let count = 0; count < limits.managedAccountsMax; count += ROWS_AT_ONCE) {
    const rows = Array.from({ length: ROWS_AT_ONCE }, () => ({ ...row, id: newId('acc', randomBytes), created_at: 0 }));
    await app.store.transact(tx => tx.insertInto('accounts').values(rows).execute());
  }
}
