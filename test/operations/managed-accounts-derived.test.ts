import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type OperationName, operations } from '@keywright/contract';
import { run } from '@keywright/server';
import { callOf, DATABASES } from '../support/app.ts';
import { acting, managing, refusal } from './acting.ts';
import { validInput } from './cases.ts';
import { connectVerifier, FOREIGN_NAME, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`a managed account allows what an administrator may, on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
      const { app, home, foreign } = world;
      // Everything that the cases name is of the home account; here somebody else manages it.
      await app.store.transact(tx =>
        tx.updateTable('accounts').set({ managed_by: foreign.id }).where('id', '=', home.id).execute(),
      );
    });
    after(() => world[Symbol.asyncDispose]());

    for (const entry of operations.filter(entry => entry.right !== 'public' && !entry.sessionOnly)) {
      test(entry.name, async () => {
        const { app, home, foreign } = world;
        const caller = managing(home.id, foreign.callers.owner);
        const input = await validInput(world, entry);
        // A verifier is spoken for by whoever connected it.
        const by = foreign.callers.owner.owner.id;
        if ('verifier' in input) input.verifier = await connectVerifier(app, home.id, null, { by });
        const newest = async () => (await run(app, 'listEvents', {}, callOf(home.callers.owner))).items;
        const last = (await newest())[0]?.seq ?? 0;
        const answer = await run(app, entry.name as OperationName, input, callOf(caller)); // the contract has no other names
        assert.ok(!JSON.stringify(answer).includes(`${FOREIGN_NAME} project`));
        for (const { seq, action, actorAccount } of await newest())
          if (seq > last) assert.deepEqual([action, actorAccount?.id], [entry.name, foreign.id]);
      });
    }

    test('and nothing that only an owner may', async () => {
      const { app, home, foreign } = world;
      const act = acting(app, managing(home.id, foreign.callers.owner));
      const owner = home.callers.owner.owner.id;
      await refusal(act('inviteMember', { name: 'New', email: 'new@home.example', role: 'owner' }), 'forbidden');
      await refusal(act('changeMemberRole', { member: home.callers.viewer.owner.id, role: 'owner' }), 'forbidden');
      await refusal(act('changeMemberRole', { member: owner, role: 'viewer' }), 'forbidden');
      await refusal(act('deactivateMember', { member: owner }), 'forbidden');
      await refusal(act('removeMember', { member: owner }), 'forbidden');
      await refusal(act('createAccessKey', { owner }), 'forbidden');
    });
  });
}
