import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OutputOf } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { DATABASES, makeAccount, type TestAccount } from '../support/app.ts';
import { type Act, actingAll, refusal } from './acting.ts';
import { dump, makeProject, makeWorld, serial, type World } from './world.ts';

const DAY_MS = 86_400_000;

for (const kind of DATABASES) {
  describe(`preview of the key policy on ${kind}`, () => {
    let world: World;
    let firm: TestAccount;
    let act: Record<Role, Act>;
    let project: string;
    let keys: { plain: string; narrow: string; elsewhere: string };
    before(async () => {
      world = await makeWorld(kind);
      firm = await makeAccount(world.app, `Firm ${serial()}`);
      act = actingAll(world.app, firm);
      project = await makeProject(world.app, firm.id, 'Orbit');
      const inDays = (days: number) => new Date(world.app.now() + days * DAY_MS).toISOString();
      const narrow = {
        name: 'Narrow',
        permission: 'restricted',
        expiresAt: inDays(10),
        networks: ['192.0.2.1'],
      } satisfies InputOf<'createAccessKey'>;
      const made = async (role: Role, input: InputOf<'createAccessKey'>) => {
        world.running.clock.at += 1;
        return (await act[role]('createAccessKey', input)).key;
      };
      keys = {
        plain: await made('member', {}),
        narrow: await made('member', { ...narrow, project }),
        elsewhere: await made('admin', { name: 'Long', expiresAt: inDays(100) }),
      };
    });
    after(() => world[Symbol.asyncDispose]());

    const preview = (input: InputOf<'previewKeyPolicy'>) => act.admin('previewKeyPolicy', input);
    const touched = ({ items }: OutputOf<'previewKeyPolicy'>) => items.map(({ key, reason }) => [key, reason]);
    const counts = ({ rules }: OutputOf<'previewKeyPolicy'>) =>
      rules.map(({ rule, keys, owners }) => [rule, keys, owners]);

    test('each rule that becomes tighter says how many keys and owners it touches, which, why and from when', async () => {
      const now = new Date(world.app.now()).toISOString();
      const rows: [InputOf<'previewKeyPolicy'>, [string, number, number], (string | null)[][]][] = [
        [{ nameRequired: true }, ['nameRequired', 1, 1], [[keys.plain, 'has no name']]],
        [
          { networksRequired: true },
          ['networksRequired', 2, 2],
          [
            [keys.plain, 'may be used from everywhere'],
            [keys.elsewhere, 'may be used from everywhere'],
          ],
        ],
        [
          { permissionsAllowed: ['restricted'] },
          ['permissionsAllowed', 2, 2],
          [
            [keys.plain, 'has the permission read_write'],
            [keys.elsewhere, 'has the permission read_write'],
          ],
        ],
        [{ keysPerOwnerMax: 2 }, ['keysPerOwnerMax', 0, 1], [[null, 'has 2 access keys']]],
        [{ permissionsAllowed: [] }, ['permissionsAllowed', 3, 2], [[keys.plain, 'has the permission read_write']]],
      ];
      for (const [input, count, items] of rows) {
        const answer = await preview({ ...input, limit: items.length });
        assert.deepEqual(
          counts(answer).find(([rule]) => rule === count[0]),
          count,
        );
        assert.deepEqual(touched(answer).slice(0, items.length), items);
        for (const { from } of [...answer.rules, ...answer.items]) assert.equal(from, now);
      }
    });

    test('lifetimeDaysMax touches what never expires or too late', async () => {
      const answer = await preview({ lifetimeDaysMax: 30 });
      assert.deepEqual(counts(answer), [['lifetimeDaysMax', 2, 2]]);
      assert.deepEqual(touched(answer)[0], [keys.plain, 'never expires']);
      assert.match(String(touched(answer)[1]?.[1]), /^expires \d{4}-/);
    });

    test('createdBy touches the owners who could create keys until now', async () => {
      const answer = await preview({ createdBy: ['owner'] });
      const roles = answer.items.map(({ reason, key }) => [key, reason]);
      assert.deepEqual(roles, [
        [null, 'has the role admin'],
        [null, 'has the role member'],
        [null, 'has the role member'],
      ]);
      assert.deepEqual(counts(answer), [['createdBy', 0, 3]]);
    });

    test('idleDaysMax touches what is unused so long already, and not before it has been so from now on', async () => {
      assert.deepEqual(counts(await preview({ idleDaysMax: 30 })), [['idleDaysMax', 0, 0]]);
      world.running.clock.at += 40 * DAY_MS;
      const answer = await preview({ idleDaysMax: 30 });
      assert.deepEqual(counts(answer), [['idleDaysMax', 3, 2]]);
      assert.deepEqual(touched(answer)[0], [keys.plain, 'was never used']);
      const from = new Date(world.app.now() + 30 * DAY_MS).toISOString();
      assert.equal(answer.rules[0]?.from, from);
      world.running.clock.at -= 40 * DAY_MS;
    });

    test('what becomes looser, or holds for new keys only, touches nothing', async () => {
      const answer = await preview({ deleteRequiresInactive: false, tokenPrefix: 'other', noticeDays: 3 });
      assert.deepEqual([answer.rules, answer.items, answer.policy.tokenPrefix], [[], [], 'other']);
      assert.deepEqual((await preview({ permissionDefault: 'read_only' })).rules, []);
    });

    test('in a project it looks at the keys of the project, and refuses what is looser', async () => {
      const answer = await preview({ project, keysPerOwnerMax: 1, networksRequired: true });
      assert.deepEqual(counts(answer), [
        ['keysPerOwnerMax', 0, 1],
        ['networksRequired', 0, 0],
      ]);
      assert.deepEqual(
        [answer.policy.project, answer.policy.own],
        [project, { keysPerOwnerMax: 1, networksRequired: true }],
      );
      await refusal(preview({ project, tokenPrefix: 'other' }), 'invalid_value', 'tokenPrefix');
    });

    test('it takes presets, and names no more than asked for', async () => {
      const answer = await preview({ preset: 'least_privilege', limit: 1 });
      assert.deepEqual(
        answer.rules.map(({ rule }) => rule),
        ['lifetimeDaysMax', 'permissionsAllowed', 'idleDaysMax'],
      );
      assert.equal(answer.items.length, 2);
      assert.equal(answer.policy.permissionDefault, 'restricted');
    });

    test('it changes nothing, and is for administrators', async () => {
      const stood = await dump(world);
      await preview({ preset: 'least_privilege', nameRequired: true, createdBy: [], networksRequired: true });
      assert.deepEqual(await dump(world), stood);
      for (const role of ['member', 'viewer'] as const)
        await refusal(act[role]('previewKeyPolicy', { nameRequired: true }), 'forbidden');
    });
  });
}
