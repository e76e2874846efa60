import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { contract, isReading, type Operation, operations, pathFields } from '@keywright/contract';
import { ROLES, type Role, scopeOf } from '@keywright/core';
import { run } from '@keywright/server';
import { makeSchema } from '@keywright/server/graphql';
import { callerIn, cases, validInput } from '../operations/cases.ts';
import { signIn } from '../operations/http.ts';
import { makeWorld, type World } from '../operations/world.ts';
import { callOf, DATABASES, emailOf, makeKey, renewSessions, startTestApp } from '../support/app.ts';
import { codesOf, graphql, withoutNulls } from './ask.ts';
import { documentFor } from './document.ts';

/** Every operation is a field that answers as REST does, and is refused as it is there. */
test('each operation is a field: what reads is a query, the rest are mutations', () => {
  const schema = makeSchema();
  const queries = Object.keys(schema.getQueryType()?.getFields() ?? {}).filter(name => name !== 'accessKeys');
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const names = (reading: boolean) => operations.filter(entry => isReading(entry) === reading).map(({ name }) => name);
  assert.deepEqual(queries.sort(), names(true).sort());
  assert.deepEqual(mutations.sort(), names(false).sort());
});

for (const database of DATABASES) {
  describe(`each operation on ${database}`, () => {
    let world: World;
    let token: string;
    before(async () => {
      world = await makeWorld(database);
      token = (await makeKey(world.app, callerIn(world), { name: 'Caller' })).token;
    });
    after(() => world[Symbol.asyncDispose]());

    async function carriedFor(entry: Operation) {
      if (entry.right === 'public') return {};
      if (!entry.sessionOnly) return { token };
      await renewSessions(world.app, world.home);
      return { cookie: await signIn(world.running.url, emailOf('Home', 'owner')) };
    }

    for (const entry of operations.filter(({ name }) => name !== 'setUp')) {
      test(`${entry.name} answers what the contract declares`, async () => {
        const variables = await validInput(world, entry);
        const carried = await carriedFor(entry);
        const answer = await graphql(world.running.url, documentFor(entry.name), { ...carried, variables });
        assert.deepEqual(answer.errors, []);
        const output = answer.data[entry.name];
        assert.ok(output !== null && output !== undefined);
        // What reads, answers the same when it is asked directly.
        if (!isReading(entry) || entry.sessionOnly || entry.name === 'whoami') return;
        const caller = entry.right === 'public' ? undefined : callerIn(world);
        const expected = await run(world.app, entry.name as 'getAccount', variables, callOf(caller)); // any that reads
        assert.deepEqual(withoutNulls(output), withoutNulls(expected));
      });

      if (entry.right === 'public') continue;
      test(`${entry.name} is refused to whom the right is not given`, async () => {
        const variables = await validInput(world, entry);
        const document = documentFor(entry.name);
        const nobody = await graphql(world.running.url, document, { variables });
        assert.deepEqual([nobody.status, nobody.data, codesOf(nobody)], [401, undefined, ['unauthenticated']]);
        const { right } = entry;
        const role = right === 'caller' ? undefined : ROLES.find(role => scopeOf(role, right as 'keys:see') === 'none');
        if (entry.sessionOnly) await assertRefused(document, variables, { token }, 'session_required');
        else if (role !== undefined)
          await assertRefused(document, variables, { token: await tokenOf(role) }, 'forbidden');
        if (entry.sessionOnly || isReading(entry)) return;
        const reader = await makeKey(world.app, callerIn(world), { permission: 'read_only' });
        await assertRefused(document, variables, { token: reader.token }, 'permission_denied');
      });
    }

    async function assertRefused(document: string, variables: object, carried: { token: string }, code: string) {
      const answer = await graphql(world.running.url, document, { ...carried, variables });
      assert.deepEqual([answer.status, codesOf(answer)], [200, [code]]);
      assert.deepEqual(Object.values(answer.data), [null]);
    }

    async function tokenOf(role: Role): Promise<string> {
      return (await makeKey(world.app, callerIn(world), { owner: world.home.callers[role].owner.id })).token;
    }

    test('what is foreign is not found', async () => {
      const { key } = await makeKey(world.app, world.foreign.callers.owner, {});
      const foreign = {
        key,
        member: world.foreign.callers.owner.owner.id,
        serviceAccount: world.foreign.serviceAccount,
      };
      for (const entry of operations) {
        const [field = '', ...more] = pathFields(entry);
        if (!(field in foreign) || more.length > 0 || entry.right === 'public') continue;
        const variables = { ...(await validInput(world, entry)), [field]: foreign[field as keyof typeof foreign] };
        await assertRefused(documentFor(entry.name), variables, { token }, 'not_found');
      }
    });
  });
}

test('setUp makes the first account', async () => {
  await using fresh = await startTestApp();
  const answer = await graphql<{ setUp: object }>(fresh.url, documentFor('setUp'), {
    variables: await cases.setUp(fresh),
  });
  assert.deepEqual(answer.errors, []);
  assert.deepEqual(Object.keys(answer.data.setUp), Object.keys(contract.setUp.output.shape));
});
