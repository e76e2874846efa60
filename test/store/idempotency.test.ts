import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { deleteAnsweredBefore, findAnswered, insertAnswered } from '@keywright/store';
import { AT, DATABASES, NASTY_TEXTS, openedForSuite } from './stores.ts';

const digest = () => new Uint8Array(randomBytes(32));

for (const name of DATABASES) {
  describe(`answers to idempotency keys on ${name}`, () => {
    const opened = openedForSuite(name);

    test('come back as they were given, to their caller only', async () => {
      const { store } = opened;
      for (const answer of NASTY_TEXTS) {
        const row = { caller: 'mem_ada', digest: digest(), operation: 'createAccessKey', input: digest(), answer };
        await store.transact(tx => insertAnswered(tx, { ...row, createdAt: AT }));
        const found = await findAnswered(store.db, row.caller, row.digest);
        assert.equal(found?.operation, row.operation);
        assert.equal(found.answer, answer);
        assert.deepEqual(Buffer.from(found.input), Buffer.from(row.input));
        assert.equal(await findAnswered(store.db, 'mem_bob', row.digest), undefined);
        assert.equal(await findAnswered(store.db, row.caller, digest()), undefined);
      }
    });

    test('are kept once: of two at once, one fails', async () => {
      const { store } = opened;
      const row = { caller: 'mem_ada', digest: digest(), operation: 'inviteMember', input: digest(), answer: '{}' };
      const insert = () => store.transact(tx => insertAnswered(tx, { ...row, createdAt: AT }));
      const outcomes = (await Promise.allSettled([insert(), insert()])).map(outcome => outcome.status);
      assert.deepEqual(outcomes.sort(), ['fulfilled', 'rejected']);
    });

    test('go when they are old', async () => {
      const { store } = opened;
      const rows = [AT - 2, AT - 1, AT].map(createdAt => ({ caller: 'mem_old', digest: digest(), createdAt }));
      const same = { operation: 'inviteMember', input: digest(), answer: '{}' };
      for (const row of rows) await store.transact(tx => insertAnswered(tx, { ...row, ...same }));
      await store.transact(tx => deleteAnsweredBefore(tx, AT - 1));
      const found = await Promise.all(rows.map(row => findAnswered(store.db, row.caller, row.digest)));
      assert.deepEqual(
        found.map(answer => answer !== undefined),
        [false, true, true],
      );
    });
  });
}
