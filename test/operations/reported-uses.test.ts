import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY_MS, limits } from '@keywright/core';
import { usedDaysOf } from '@keywright/store';
import { DATABASES, makeKey } from '../support/app.ts';
import { acting } from './acting.ts';
import { connectVerifier, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`uses that a verifier reports, on ${kind}`, () => {
    let world: World;
    let batch = 0;
    before(async () => {
      world = await makeWorld(kind);
    });
    after(() => world[Symbol.asyncDispose]());

    async function report(...uses: { count: number; at: number; api?: string }[]) {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const { key } = await makeKey(app, home.callers.owner);
      const verifier = await connectVerifier(app, home.id);
      const texts = uses.map(use => ({ ...use, key, at: new Date(use.at).toISOString() }));
      await owner('reportUses', { verifier, batch: ++batch, uses: texts });
      const days = await usedDaysOf(app.store.db, key, 0);
      return {
        days: days.map(({ day, count }) => [day, count]),
        lastUsed: (await owner('getAccessKey', { key })).lastUsed,
      };
    }

    test('of one key several in one batch are added up, and the last of them is its last use', async () => {
      const now = world.app.now();
      const { days, lastUsed } = await report(
        { count: 2, at: now - 5 },
        { count: 3, at: now - 1 },
        { count: 4, at: now - 9 },
      );
      assert.deepEqual(
        days.map(([, count]) => count),
        [9],
      );
      assert.equal(lastUsed?.at, new Date(now - 1).toISOString());
    });

    test('whatever the clock of the verifier says, they are counted on few days', async () => {
      const now = world.app.now();
      const today = Math.floor(now / DAY_MS);
      const long = await report({ count: 1, at: 0 });
      assert.deepEqual(long.days, [[today - limits.reportedUsesDaysMax, 1]]);
      const ahead = await report({ count: 1, at: now + 400 * DAY_MS });
      assert.deepEqual(ahead.days, [[today, 1]]);
    });

    test('what is no API is left out', async () => {
      const { lastUsed } = await report({ count: 1, at: world.app.now(), api: 'a\0b' });
      assert.equal(lastUsed?.api, null);
    });
  });
}
