import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OperationName } from '@keywright/contract';
import { type Answer, rest, signIn } from '../operations/http.ts';
import { makeMember, makeProject, makeWorld, type World } from '../operations/world.ts';
import { DATABASES, emailOf } from '../support/app.ts';

for (const kind of DATABASES) {
  describe(`key policy over REST on ${kind}`, () => {
    let world: World;
    let url: string;
    let owner: string;
    before(async () => {
      world = await makeWorld(kind);
      url = world.running.url;
      owner = await signIn(url, emailOf('Home', 'owner'));
    });
    after(() => world[Symbol.asyncDispose]());

    const as = async <Name extends OperationName>(cookie: string, name: Name, input: InputOf<Name>): Promise<Answer> =>
      rest(url, name, input, { cookie });
    const newcomer = async () => {
      const { email, caller } = await makeMember(world.app, world.home.id);
      return { cookie: await signIn(url, email), id: caller.owner.id };
    };
    const keysOf = async (cookie: string) => (await as(cookie, 'listAccessKeys', {})).body.items as unknown[]; // a page has items

    for (const [preset, max] of [
      ['two_keys_an_owner', 2],
      ['five_keys_a_user', 5],
    ] as const) {
      test(`${preset}: the key after the ${max}th is refused, names the limit and the way out, and nothing is made`, async () => {
        assert.equal((await as(owner, 'updateKeyPolicy', { preset })).status, 200);
        const { cookie } = await newcomer();
        for (let n = 0; n < max; n++) assert.equal((await as(cookie, 'createAccessKey', {})).status, 201);
        const refused = await as(cookie, 'createAccessKey', {});
        assert.deepEqual([refused.status, refused.body.code], [409, 'key_limit_reached']);
        assert.match(String(refused.body.detail), new RegExp(`at most ${max} access keys.*Delete one first`));
        assert.equal((await keysOf(cookie)).length, max);
      });
    }

    test('of 10 requests at once exactly as many make a key as the policy allows', async () => {
      await as(owner, 'updateKeyPolicy', { preset: 'two_keys_an_owner' });
      const { cookie } = await newcomer();
      const answers = await Promise.all(Array.from({ length: 10 }, () => as(cookie, 'createAccessKey', {})));
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [201, 201, ...Array(8).fill(409)]);
      assert.equal((await keysOf(cookie)).length, 2);
    });

    test('inactive before delete: an active key is not deleted, and the answer says why', async () => {
      await as(owner, 'updateKeyPolicy', { keysPerOwnerMax: null, deleteRequiresInactive: false });
      await as(owner, 'updateKeyPolicy', { preset: 'inactive_before_delete' });
      const { cookie } = await newcomer();
      const key = String((await as(cookie, 'createAccessKey', {})).body.key);
      const refused = await as(cookie, 'deleteAccessKey', { key });
      assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
      assert.match(String(refused.body.detail), /Deactivate it first/);
      assert.equal((await as(cookie, 'deactivateAccessKey', { key })).status, 200);
      assert.equal((await as(cookie, 'deleteAccessKey', { key })).status, 200);
    });

    test('a preview over REST answers who would be touched, and the policy is as before', async () => {
      const before = await as(owner, 'getKeyPolicy', {});
      const preview = await as(owner, 'previewKeyPolicy', { preset: 'least_privilege' });
      assert.equal(preview.status, 200);
      assert.deepEqual(Object.keys(preview.body), ['policy', 'rules', 'items']);
      assert.deepEqual((await as(owner, 'getKeyPolicy', {})).body, before.body);
      const { cookie } = await newcomer();
      assert.equal((await as(cookie, 'previewKeyPolicy', { preset: 'least_privilege' })).status, 403);
    });

    test('a key that only reads can preview, and not change', async () => {
      const { token } = (await as(owner, 'createAccessKey', { permission: 'read_only' })).body;
      const carried = { token: String(token) };
      assert.equal((await rest(url, 'previewKeyPolicy', { nameRequired: true }, carried)).status, 200);
      assert.equal((await rest(url, 'updateKeyPolicy', { nameRequired: true }, carried)).status, 403);
    });

    test('the rules of a project are at its endpoint, and a looser one is refused naming the field', async () => {
      await as(owner, 'updateKeyPolicy', { keysPerOwnerMax: 5 });
      const project = await makeProject(world.app, world.home.id, 'Orbit');
      const at = `${url}/v1/projects/${project}/key-policy`;
      const send = (input: InputOf<'updateKeyPolicy'>) =>
        fetch(at, {
          method: 'PATCH',
          headers: { cookie: owner, 'content-type': 'application/json' },
          body: JSON.stringify(input),
        });
      const tightened = await send({ keysPerOwnerMax: 1 });
      assert.equal(tightened.status, 200);
      assert.deepEqual((await tightened.json()).own, { keysPerOwnerMax: 1 });
      const refused = await send({ keysPerOwnerMax: 6 });
      assert.equal(refused.status, 422);
      assert.deepEqual((await refused.json()).errors[0].field, 'keysPerOwnerMax');
      const shown = await fetch(at, { headers: { cookie: owner } });
      assert.equal((await shown.json()).keysPerOwnerMax, 1);
      assert.equal((await as(owner, 'getKeyPolicy', {})).body.keysPerOwnerMax, 5);
    });
  });
}
