import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type InputOf, type OperationName, operations } from '@keywright/contract';
import { type Caller, run } from '@keywright/server';
import { codesOf, dataOf, graphql } from '../graphql/ask.ts';
import { KeywrightProcess } from '../robust/server-process.ts';
import { callOf, DATABASES, emailOf, makeKey, type TestAccount } from '../support/app.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { acting, managing, refusal, verdict } from './acting.ts';
import { validInput } from './cases.ts';
import { type Answer, type Carried, rest, restOf, signIn } from './http.ts';
import { FOREIGN_NAME, makeMember, makeProject, makeWorld, type World } from './world.ts';

const ABSENT = `acc_${'a'.repeat(20)}`;

for (const kind of DATABASES) {
  describe(`managed accounts on ${kind}`, () => {
    let world: World;
    let ask: Asker;
    before(async () => {
      world = await makeWorld(kind);
      ask = askerOf(world);
    });
    after(() => world[Symbol.asyncDispose]());

    /** The home account manages `first`, that manages `second`, and so on. */
    async function makeLevels(count: number): Promise<string[]> {
      const levels: string[] = [];
      for (let level = 1; level <= count; level++) {
        const { body } = await ask(levels.at(-1), 'createManagedAccount', { name: `Level ${level}` });
        levels.push(String(body.id));
      }
      return levels;
    }

    test('an account is created below another, three levels deep and no deeper', async () => {
      const { app, home } = world;
      const [first = '', second = '', third = ''] = await makeLevels(3);
      const { body } = await ask(first, 'getAccount', {});
      assert.deepEqual(body.managedBy, { id: home.id, name: 'Home' });
      assert.equal((await ask(third, 'whoami', {})).body.role, 'admin');
      const fourth = await ask(third, 'createManagedAccount', { name: 'Level 4' });
      assert.deepEqual([fourth.status, fourth.body.code], [409, 'conflict']);
      const { items } = await acting(app, home.callers.admin)('listAccounts', { text: 'LEVEL', sort: '-name' });
      assert.deepEqual(
        items.map(({ id, way, role, depth }) => [id, way, role, depth]),
        [
          [third, 'managed', 'admin', 3],
          [second, 'managed', 'admin', 2],
          [first, 'managed', 'admin', 1],
        ],
      );
    });

    test('the list is paged, and for members and viewers it holds their own account only', async () => {
      const { app, home } = world;
      await makeLevels(2);
      const act = acting(app, home.callers.owner);
      const all = await act('listAccounts', { limit: 100 });
      const one = await act('listAccounts', { limit: 2 });
      const rest = await act('listAccounts', { limit: 100, cursor: one.nextCursor ?? '' });
      assert.deepEqual([...one.items, ...rest.items], all.items);
      assert.deepEqual(
        all.items.filter(({ way }) => way === 'member').map(({ id, role, depth }) => [id, role, depth]),
        [[home.id, 'owner', 0]],
      );
      for (const role of ['member', 'viewer'] as const) {
        const { items } = await acting(app, home.callers[role])('listAccounts', {});
        assert.deepEqual(
          items.map(item => [item.id, item.role]),
          [[home.id, role]],
        );
      }
    });

    test('an administrator makes, edits and deletes keys there, and its log says from which account', async () => {
      const { app, home } = world;
      const [account = ''] = await makeLevels(1);
      const robot = await ask(account, 'createServiceAccount', { name: 'Robot' });
      const owner = String(robot.body.id);
      const ownerless = await ask(account, 'createAccessKey', { name: 'Mine' });
      assert.deepEqual([ownerless.status, fieldsOf(ownerless)], [422, ['owner']]);
      const made = await ask(account, 'createAccessKey', { owner, name: 'Theirs' });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const [key, token] = [String(made.body.key), String(made.body.token)];
      assert.equal(await verdict(app, token, { account }), 'allowed');
      assert.equal(await verdict(app, token, { account: home.id }), 'unknown');
      assert.equal((await ask(account, 'updateAccessKey', { key, name: 'Renamed' })).body.name, 'Renamed');
      assert.equal((await ask(undefined, 'getAccessKey', { key })).status, 404);
      assert.equal((await ask(account, 'deactivateAccessKey', { key })).status, 200);
      assert.equal(await verdict(app, token), 'inactive');
      assert.equal((await ask(account, 'deleteAccessKey', { key })).status, 200);
      const { body } = await ask(account, 'listEvents', { target: key });
      const events = body.items as { actor: { id: string }; actorAccount: object }[]; // as the contract declares it
      assert.equal(events.length, 4);
      for (const { actor, actorAccount } of events) {
        assert.equal(actor.id, home.callers.owner.owner.id);
        assert.deepEqual(actorAccount, { id: home.id, name: 'Home' });
      }
      assert.equal((await ask(account, 'checkEvents', {})).body.intact, true);
    });

    test('both accounts tell how it came about', async () => {
      const { app, home } = world;
      const [account = ''] = await makeLevels(1);
      const { items } = await acting(app, home.callers.owner)('listEvents', { target: account });
      assert.deepEqual(
        items.map(event => [event.action, event.actorAccount]),
        [['createManagedAccount', null]],
      );
      const { body } = await ask(account, 'listEvents', {});
      assert.partialDeepStrictEqual(body.items, [{ action: 'createManagedAccount', actorAccount: { id: home.id } }]);
    });

    test('a deactivated account refuses its keys and members at once, and its managers act on', async () => {
      const { app, home } = world;
      const [account = '', below = ''] = await makeLevels(2);
      const member = await makeMember(app, account, 'admin');
      const { token } = await makeKey(app, member.caller);
      const cookie = await signIn(world.running.url, member.email);
      assert.equal(await verdict(app, token), 'allowed');
      const { body } = await ask(undefined, 'deactivateAccount', { account });
      assert.equal(body.state, 'inactive');
      assert.equal(await verdict(app, token), 'account_inactive');
      assert.equal((await rest(world.running.url, 'whoami', {}, { token })).body.code, 'account_inactive');
      assert.equal((await rest(world.running.url, 'whoami', {}, { cookie })).status, 401);
      await refusal(acting(app, member.caller)('createAccessKey', {}), 'account_inactive');
      assert.equal((await ask(account, 'listMembers', {})).status, 200);
      assert.equal((await ask(below, 'getAccount', {})).body.state, 'active');
      const list = await acting(app, home.callers.owner)('listAccounts', { limit: 100 });
      assert.equal(list.items.find(({ id }) => id === account)?.state, 'inactive');
      await ask(undefined, 'activateAccount', { account });
      assert.equal(await verdict(app, token), 'allowed');
      assert.equal((await rest(world.running.url, 'whoami', {}, { cookie })).status, 200);
    });

    test('nobody deactivates the own account, a sibling, or one that lies above', async () => {
      const { app, home, foreign } = world;
      const [first = '', second = ''] = await makeLevels(2);
      const [sibling = ''] = await makeLevels(1);
      const { caller } = await makeMember(app, first, 'owner');
      for (const account of [first, sibling, home.id, foreign.id, ABSENT]) {
        const error = await refusal(acting(app, caller)('deactivateAccount', { account }), 'not_found');
        assert.equal(error.message.replace(account, 'X'), 'There is no account X that this account manages.');
      }
      await acting(app, caller)('deactivateAccount', { account: second });
    });

    test('the command line acts in the account of --account, or of its profile', async () => {
      const { app, home, running } = world;
      const [account = ''] = await makeLevels(1);
      using folder = tempFolder();
      const { token } = await makeKey(app, home.callers.admin);
      const tokenFile = join(folder.path, 'token');
      writeFileSync(tokenFile, token);
      const env = { XDG_CONFIG_HOME: folder.path };
      const keywright = async (...words: string[]) => {
        await using command = new KeywrightProcess({ words: [...words, '--json'], env });
        const { code, stdout, stderr } = await command.ended;
        assert.equal(code, 0, stderr);
        return JSON.parse(stdout);
      };
      const access = ['--server', running.url, '--token-file', tokenFile];
      const robot = await keywright('service-accounts', 'create', '--name', 'Robot', '--account', account, ...access);
      assert.equal((await ask(account, 'getServiceAccount', { serviceAccount: robot.id })).status, 200);
      await keywright('login', '--account', account, ...access);
      assert.deepEqual(
        (await keywright('service-accounts', 'list')).items.map(({ id }: { id: string }) => id),
        [robot.id],
      );
    });

    test('the header must be one id', async () => {
      for (const account of ['', 'home', `${world.home.id}, ${world.home.id}`, world.home.id.toUpperCase()]) {
        const answer = await ask(account, 'whoami', {});
        assert.deepEqual([answer.status, fieldsOf(answer)], [422, ['Keywright-Account']], account);
      }
      assert.equal((await ask(world.home.id, 'whoami', {})).body.home, null);
    });

    for (const entry of operations.filter(entry => entry.right !== 'public')) {
      test(`${entry.name}: in a foreign account, the answer is as for one that is not there`, async () => {
        const { running, foreign } = world;
        const input = await validInput(world, entry);
        const carried = await ask.carried();
        for (const account of [foreign.id, ABSENT]) {
          const headers = { ...carried.headers, 'keywright-account': account };
          const answer = await restOf(running.url, entry, input, { ...carried, headers });
          assert.equal(answer.status, 404, JSON.stringify(answer.body));
          assert.equal(answer.body.detail, `There is no account ${account} in which you can act.`);
        }
      });
    }

    test('only owners and administrators reach down, and nobody up or to the side', async () => {
      const { app, home, foreign } = world;
      const [first = ''] = await makeLevels(2);
      const [sibling = ''] = await makeLevels(1);
      const below = await makeMember(app, first, 'owner');
      const switchedOff = await makeMember(app, home.id, 'admin');
      const refused: [string, Carried, string][] = [
        ['a member', await withCookie(world, emailOf('Home', 'member')), first],
        ['a viewer', await withCookie(world, emailOf('Home', 'viewer')), first],
        ['an owner elsewhere', await withCookie(world, emailOf(FOREIGN_NAME, 'owner')), first],
        ['upwards', await withCookie(world, below.email), home.id],
        ['to the side', await withCookie(world, below.email), sibling],
        ['the key of a member', await withKey(world, home.callers.member), first],
        [
          'the key of a service account that is a member',
          await withKey(world, home.callers.owner, home.serviceAccount),
          first,
        ],
        ['a key elsewhere', await withKey(world, foreign.callers.owner), first],
      ];
      for (const [who, carried, account] of refused) {
        const answer = await asIn(world, account, 'listMembers', {}, carried);
        assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], who);
        const change = await asIn(world, account, 'createServiceAccount', { name: 'Mine' }, carried);
        assert.deepEqual([change.status, change.body.code], [404, 'not_found'], who);
      }
      const off = await withCookie(world, switchedOff.email);
      const key = await withKey(world, switchedOff.caller);
      assert.equal((await asIn(world, first, 'whoami', {}, off)).status, 200);
      assert.equal((await asIn(world, first, 'whoami', {}, key)).status, 200);
      await acting(app, home.callers.owner)('deactivateMember', { member: switchedOff.caller.owner.id });
      assert.equal((await asIn(world, first, 'whoami', {}, off)).body.code, 'unauthenticated');
      assert.equal((await asIn(world, first, 'whoami', {}, key)).body.code, 'owner_inactive');
    });

    test('a key that is bound to a project stays in it, and one that only reads changes nothing', async () => {
      const { app, home, running } = world;
      const [account = ''] = await makeLevels(1);
      const project = await makeProject(app, home.id, 'Bound');
      const { token } = await makeKey(app, home.callers.owner, { project });
      const bound = await asIn(world, account, 'whoami', {}, { token });
      assert.equal(bound.body.code, 'project_mismatch');
      const at = await fetch(`${running.url}/v1/projects/${project}/access-keys`, {
        headers: { authorization: `Bearer ${token}`, 'keywright-account': account },
      });
      assert.equal(at.status, 404);
      const reading = await makeKey(app, home.callers.owner, { permission: 'read_only' });
      assert.equal((await asIn(world, account, 'listMembers', {}, { token: reading.token })).status, 200);
      const change = await asIn(world, account, 'createServiceAccount', { name: 'Mine' }, { token: reading.token });
      assert.equal(change.body.code, 'permission_denied');
    });

    test('a deactivated manager manages nothing', async () => {
      const { app } = world;
      const [first = '', second = ''] = await makeLevels(2);
      const { caller, email } = await makeMember(app, first, 'admin');
      const [session, key] = [await withCookie(world, email), await withKey(world, caller)];
      for (const carried of [session, key])
        assert.equal((await asIn(world, second, 'whoami', {}, carried)).status, 200);
      await ask(undefined, 'deactivateAccount', { account: first });
      assert.equal((await asIn(world, second, 'whoami', {}, session)).body.code, 'unauthenticated');
      assert.equal((await asIn(world, second, 'whoami', {}, key)).body.code, 'account_inactive');
      assert.equal((await ask(second, 'whoami', {})).status, 200);
    });

    test('who lost the right while the change waited changes nothing', async () => {
      const { app, home } = world;
      const [account = ''] = await makeLevels(1);
      const { caller: admin } = await makeMember(app, home.id, 'admin');
      const caller = managing(account, admin);
      const change = () => run(app, 'createServiceAccount', { name: 'Late' }, callOf(caller));
      await change();
      await app.store.transact(tx =>
        tx.updateTable('accounts').set({ managed_by: null }).where('id', '=', account).execute(),
      );
      await refusal(change(), 'not_found');
      await app.store.transact(tx =>
        tx.updateTable('accounts').set({ managed_by: home.id }).where('id', '=', account).execute(),
      );
      await acting(app, home.callers.owner)('changeMemberRole', { member: admin.owner.id, role: 'member' });
      await refusal(change(), 'unauthenticated');
    });

    test('an Idempotency-Key of one account is not answered from another', async () => {
      const [first = ''] = await makeLevels(1);
      const [second = ''] = await makeLevels(1);
      const headers = { 'idempotency-key': 'the-same-one' };
      const make = (account: string) => ask(account, 'createServiceAccount', { name: 'Once' }, headers);
      const made = await make(first);
      assert.deepEqual((await make(first)).body, made.body);
      assert.equal((await make(second)).body.code, 'idempotency_conflict');
    });

    test("the profile stays the person's own", async () => {
      const { home } = world;
      const [account = ''] = await makeLevels(1);
      const { body } = await ask(account, 'getProfile', {});
      assert.partialDeepStrictEqual(body, {
        member: home.callers.owner.owner.id,
        account: { id: home.id },
        role: 'owner',
      });
    });

    test('GraphQL takes the same header', async () => {
      const { home, foreign, running } = world;
      const [account = ''] = await makeLevels(1);
      const query = '{ whoami { role account { id } home { id } } getProfile { account { id } } }';
      const asked = async (id: string) => ({ ...(await ask.carried()), headers: { 'keywright-account': id } });
      assert.deepEqual(await dataOf(running.url, query, await asked(account)), {
        whoami: { role: 'admin', account: { id: account }, home: { id: home.id } },
        getProfile: { account: { id: home.id } },
      });
      assert.deepEqual(codesOf(await graphql(running.url, query, await asked(foreign.id))), ['not_found']);
    });

    test('who is in several accounts chooses, and is as much there as the better way gives', async () => {
      const { app, home } = world;
      const [account = ''] = await makeLevels(1);
      const person = home.callers.owner.session?.person ?? '';
      world.running.clock.at += 1; // without the header it is the oldest membership
      const there = await makeMember(app, account, 'viewer');
      await app.store.transact(tx =>
        tx.updateTable('members').set({ person_id: person }).where('id', '=', there.caller.owner.id).execute(),
      );
      const listed = async () => {
        const { items } = await acting(app, home.callers.owner)('listAccounts', { limit: 100 });
        const found = items.find(({ id }) => id === account);
        return [found?.way, found?.role, found?.depth];
      };
      const asThere = async () => {
        const { body } = await ask(account, 'whoami', {});
        return [(body.owner as { id: string }).id, body.role, body.home === null]; // as the contract declares it
      };
      assert.deepEqual(await asThere(), [home.callers.owner.owner.id, 'admin', false]);
      assert.deepEqual(await listed(), ['managed', 'admin', 1]);
      await ask(account, 'changeMemberRole', { member: there.caller.owner.id, role: 'admin' });
      assert.deepEqual(await asThere(), [there.caller.owner.id, 'admin', true]);
      assert.deepEqual(await listed(), ['member', 'admin', 0]);
      assert.equal((await ask(undefined, 'whoami', {})).body.role, 'owner');
    });
  });
}

/** Calls over REST as the signed-in owner of the home account, in that account. */
interface Asker {
  <Name extends OperationName>(
    account: string | undefined,
    name: Name,
    input: InputOf<Name>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  carried(): Promise<Carried>;
}

function askerOf(world: World): Asker {
  let cookie: Promise<string> | undefined;
  const carried = async () => {
    cookie ??= signIn(world.running.url, emailOf('Home', 'owner'));
    return { cookie: await cookie };
  };
  const ask: Omit<Asker, 'carried'> = async <Name extends OperationName>(
    account: string | undefined,
    name: Name,
    input: InputOf<Name>,
    headers: Record<string, string> = {},
  ) => {
    const chosen: Record<string, string> = account === undefined ? {} : { 'keywright-account': account };
    return rest(world.running.url, name, input, { ...(await carried()), headers: { ...headers, ...chosen } });
  };
  return Object.assign(ask, { carried }) as Asker;
}

function asIn<Name extends OperationName>(
  { running }: World,
  account: string,
  name: Name,
  input: InputOf<Name>,
  carried: Carried,
): Promise<Answer> {
  return rest(running.url, name, input, { ...carried, headers: { 'keywright-account': account } });
}

async function withCookie({ running }: World, email: string): Promise<Carried> {
  return { cookie: await signIn(running.url, email) };
}

async function withKey({ app }: World, caller: Caller, owner?: TestAccount['serviceAccount']): Promise<Carried> {
  return { token: (await makeKey(app, caller, owner === undefined ? {} : { owner })).token };
}

function fieldsOf({ body }: Answer): string[] {
  return ((body.errors ?? []) as { field: string }[]).map(problem => problem.field); // a problem document
}
