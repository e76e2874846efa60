import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ROLES } from '@keywright/core';
import { run } from '@keywright/server';
import { codesOf, dataOf, graphql } from '../graphql/ask.ts';
import {
  callOf,
  DATABASES,
  makeAccount,
  makeKey,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';

/** G of the five systems, as far as it is about the API: access keys for a GraphQL API. */
for (const database of DATABASES) {
  describe(`Guardrails on ${database}`, () => {
    let running: TestApp;
    let account: TestAccount;
    before(async () => {
      running = await startTestApp(database);
      account = await makeAccount(running.app, 'Home');
    });
    after(() => running[Symbol.asyncDispose]());

    test('G3 the pair authenticates calls of the GraphQL API (Basic), and can do no more than its owner', async () => {
      for (const role of ROLES) {
        const { id } = account.callers[role].owner;
        const { key, secret } = await makeKey(running.app, account.callers.owner, { owner: id });
        const headers = { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` };
        const { whoami } = await dataOf(running.url, '{ whoami { key owner { id } role } }', { headers });
        assert.deepEqual(whoami, { key, owner: { id }, role });
        const change = 'mutation { updateAccount(name: "Home") { name } }';
        const mayChange = role === 'owner' || role === 'admin';
        assert.deepEqual(codesOf(await graphql(running.url, change, { headers })), mayChange ? [] : ['forbidden']);
        const made = await graphql(running.url, 'mutation { createAccessKey { key } }', { headers });
        assert.deepEqual(codesOf(made), role === 'viewer' ? ['forbidden'] : []);
        // Keys of others are there for those only who answer for them.
        const { accessKeys } = await dataOf<{ accessKeys: { items: { owner: { id: string } }[] } }>(
          running.url,
          '{ accessKeys { items { owner { id } } } }',
          { headers },
        );
        const owners = accessKeys.items.map(item => item.owner.id);
        assert.ok(owners.includes(id));
        if (!mayChange) assert.deepEqual([...new Set(owners)], [id]);
      }
    });

    test('G3 what the owner loses, the key loses with the next call', async () => {
      const { id } = account.callers.admin.owner;
      const { token } = await makeKey(running.app, account.callers.owner, { owner: id });
      const change = 'mutation { updateAccount(name: "Home") { name } }';
      assert.deepEqual(codesOf(await graphql(running.url, change, { token })), []);
      await run(running.app, 'changeMemberRole', { member: id, role: 'viewer' }, callOf(account.callers.owner));
      assert.deepEqual(codesOf(await graphql(running.url, change, { token })), ['forbidden']);
    });
  });
}
