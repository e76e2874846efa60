import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { OperationName, OutputOf } from '@keywright/contract';
import { DATABASES, emailOf, makeAccount, makeKey, PASSWORD, startTestApp } from '../support/app.ts';
import { acting, actionsAbout, eventsAbout } from './acting.ts';
import { tokenOf } from './cases.ts';
import { type Answer, ask, type Carried, cookieOf, newAddress, rest, signIn, trySignIn } from './http.ts';
import { dump, makeMember, makeWorld, type World } from './world.ts';

const NEW_PASSWORD = 'another horse, another battery';

for (const kind of DATABASES) {
  describe(`profile on ${kind}`, () => {
    let world: World;
    let url: string;
    before(async () => {
      world = await makeWorld(kind);
      url = world.running.url;
    });
    after(() => world[Symbol.asyncDispose]());

    const newcomer = async () => {
      const made = await makeMember(world.app, world.home.id);
      // The session of `caller` is none that a cookie belongs to.
      await acting(world.app, made.caller)('revokeSessions', {});
      return made;
    };
    const isSignedIn = async (cookie: string) => (await rest(url, 'whoami', {}, { cookie })).status === 200;
    const sessionsOf = async (cookie: string) =>
      outputOf<'listSessions'>(await rest(url, 'listSessions', {}, { cookie })).items;

    test('each sign-in is a session, and shows where it comes from', async () => {
      const { email } = await newcomer();
      const address = newAddress();
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': address, 'user-agent': 'Browser/1' };
      const body = JSON.stringify({ email, password: PASSWORD });
      const first = cookieOf(await ask(`${url}/api/auth/sign-in/email`, { method: 'POST', headers, body }));
      const second = await signIn(url, email);
      const sessions = await sessionsOf(first);
      assert.equal(sessions.length, 2);
      assert.deepEqual(
        sessions.filter(session => session.current).map(session => [session.address, session.userAgent]),
        [[address, 'Browser/1']],
      );
      const current = (cookie: string) => sessionsOf(cookie).then(items => items.find(item => item.current)?.id);
      assert.notEqual(await current(first), await current(second));
    });

    test('a session that is signed out is dead at once, and no other', async () => {
      const { email } = await newcomer();
      const [mine, lost] = [await signIn(url, email), await signIn(url, email)];
      const session = (await sessionsOf(mine)).find(item => !item.current)?.id ?? '';
      assert.equal((await rest(url, 'revokeSession', { session }, { cookie: mine })).status, 200);
      assert.deepEqual([await isSignedIn(mine), await isSignedIn(lost)], [true, false]);
      assert.equal((await rest(url, 'revokeSession', { session }, { cookie: mine })).status, 404);
    });

    test("nobody ends somebody else's session", async () => {
      const [me, other] = [await newcomer(), await newcomer()];
      const [mine, theirs] = [await signIn(url, me.email), await signIn(url, other.email)];
      const session = (await sessionsOf(theirs))[0]?.id ?? '';
      const answer = await rest(url, 'revokeSession', { session }, { cookie: mine });
      assert.deepEqual([answer.status, await isSignedIn(theirs)], [404, true]);
      await rest(url, 'revokeSessions', {}, { cookie: mine });
      assert.deepEqual([await isSignedIn(mine), await isSignedIn(theirs)], [false, true]);
    });

    test('signing out everywhere ends every session, this one included', async () => {
      const { email, caller } = await newcomer();
      const cookies = [await signIn(url, email), await signIn(url, email), await signIn(url, email)];
      const answer = await rest(url, 'revokeSessions', {}, { cookie: cookies[0] });
      assert.deepEqual(answer.body, { revoked: 3 });
      for (const cookie of cookies) assert.equal(await isSignedIn(cookie), false);
      const actions = await actionsAbout(acting(world.app, world.home.callers.owner), caller.owner.id);
      assert.equal(actions.at(-1), 'revokeSessions');
    });

    test('signing out ends the session, not just the cookie', async () => {
      const { email } = await newcomer();
      const cookie = await signIn(url, email);
      const answer = await ask(`${url}/api/auth/sign-out`, { method: 'POST', headers: { cookie } });
      assert.deepEqual([answer.status, answer.body], [200, { done: true }]);
      assert.match(answer.headers.getSetCookie().join(), /session_token=;.*Max-Age=0/i);
      assert.equal(await isSignedIn(cookie), false);
    });

    test('a new password signs out everywhere else', async () => {
      const { email } = await newcomer();
      const [mine, other] = [await signIn(url, email), await signIn(url, email)];
      const input = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      assert.equal((await rest(url, 'changePassword', input, { cookie: mine })).status, 200);
      assert.deepEqual([await isSignedIn(mine), await isSignedIn(other)], [true, false]);
      assert.equal((await trySignIn(url, email, PASSWORD)).status, 401);
      await signIn(url, email, NEW_PASSWORD);
    });

    test('a wrong current password, or a weak new one, changes nothing', async () => {
      const { email } = await newcomer();
      const [cookie, other] = [await signIn(url, email), await signIn(url, email)];
      const stood = await dump(world);
      const wrong = [
        [{ currentPassword: 'wrong', newPassword: NEW_PASSWORD }, 'currentPassword'],
        [{ currentPassword: PASSWORD, newPassword: 'short' }, 'newPassword'],
        [{ currentPassword: PASSWORD, newPassword: 'x'.repeat(129) }, 'newPassword'],
      ] as const;
      for (const [input, field] of wrong) {
        const { status, body } = await rest(url, 'changePassword', input, { cookie });
        assert.deepEqual([status, body.code, fieldsOf(body)], [422, 'invalid_value', [field]]);
        assert.ok(!JSON.stringify(body).includes(input.newPassword));
      }
      assert.deepEqual(await dump(world), stood);
      assert.equal(await isSignedIn(other), true);
    });

    test('the current password can be guessed ten times a minute', async () => {
      const { email } = await newcomer();
      const cookie = await signIn(url, email);
      const codes = [];
      for (let at = 0; at < 11; at++) {
        const input = { currentPassword: `guess ${at}`, newPassword: NEW_PASSWORD };
        codes.push((await rest(url, 'changePassword', input, { cookie })).body.code);
      }
      assert.deepEqual(codes, [...Array(10).fill('invalid_value'), 'too_many_attempts']);
    });

    test('a new name is an event in every account of the person', async () => {
      const { app, home, foreign } = world;
      const { email, caller } = await newcomer();
      const inForeign = acting(app, foreign.callers.owner);
      const invited = await inForeign('inviteMember', { name: 'Somebody', email });
      const token = tokenOf(invited.invitation);
      await acting(app, undefined)('acceptInvitation', { token, name: 'Some person', password: PASSWORD });
      const cookie = await signIn(url, email);
      const there = await inForeign('createAccessKey', { owner: invited.id });
      const ownerThere = async () => (await rest(url, 'verify', { credential: there.token })).body.owner;
      assert.deepEqual(await ownerThere(), { kind: 'member', id: invited.id, name: 'Some person' });
      for (const _ of [1, 2]) await rest(url, 'updateProfile', { name: 'Grace Hopper' }, { cookie });
      assert.deepEqual(await ownerThere(), { kind: 'member', id: invited.id, name: 'Grace Hopper' });
      for (const [act, member] of [
        [acting(app, home.callers.owner), caller.owner.id],
        [inForeign, invited.id],
      ] as const) {
        const renamed = (await eventsAbout(act, member)).filter(event => event.action === 'updateProfile');
        const names = { from: 'Some person', to: 'Grace Hopper' };
        assert.deepEqual(
          renamed.map(event => event.details),
          [{ name: names }],
        );
      }
    });

    test('a new name shows everywhere at once', async () => {
      const { email, caller } = await newcomer();
      const { token } = await makeKey(world.app, world.home.callers.owner, { owner: caller.owner.id });
      const cookie = await signIn(url, email);
      const ownerName = async () => {
        const { body } = await rest(url, 'verify', { credential: token, method: 'GET' });
        return (body.owner as { name: string }).name; // a decision that names its key
      };
      assert.equal(await ownerName(), 'Some person');
      const { body } = await rest(url, 'updateProfile', { name: 'Ada Lovelace' }, { cookie });
      assert.deepEqual([body.name, body.email], ['Ada Lovelace', email]);
      assert.equal(await ownerName(), 'Ada Lovelace');
      const member = await acting(world.app, world.home.callers.viewer)('getMember', { member: caller.owner.id });
      assert.equal(member.name, 'Ada Lovelace');
    });
  });

  describe(`signing in on ${kind}`, () => {
    let world: World;
    let url: string;
    before(async () => {
      world = await makeWorld(kind);
      url = world.running.url;
    });
    after(() => world[Symbol.asyncDispose]());

    test('ten tries from one address, then none for a minute, not even the right one', async () => {
      const address = newAddress();
      const { email } = await makeMember(world.app, world.home.id);
      const codes = [];
      for (let at = 0; at < 10; at++) codes.push((await trySignIn(url, email, `guess ${at}`, address)).body.code);
      assert.deepEqual(codes, Array(10).fill('unauthenticated'));
      const { status, body } = await trySignIn(url, email, PASSWORD, address);
      assert.deepEqual([status, body.code], [429, 'too_many_attempts']);
      assert.equal((await trySignIn(url, email, PASSWORD)).status, 200);
    });

    test('a wrong address and a wrong password are one answer', async () => {
      const { email } = await makeMember(world.app, world.home.id);
      const answers = [
        await trySignIn(url, email, 'not the password'),
        await trySignIn(url, 'nobody@example.com', PASSWORD),
      ];
      for (const { body } of answers) delete body.requestId;
      assert.equal(answers[0]?.status, 401);
      assert.deepEqual(answers[0]?.body, answers[1]?.body);
      assert.deepEqual(
        answers.map(answer => answer.headers.getSetCookie()),
        [[], []],
      );
    });

    test('the e-mail address may be written in capitals, and with spaces around', async () => {
      const { email } = await makeMember(world.app, world.home.id);
      await signIn(url, ` ${email.toUpperCase()} `);
    });

    test('a sign-in is an event', async () => {
      const { email, caller } = await makeMember(world.app, world.home.id);
      await signIn(url, email);
      assert.deepEqual(await actionsAbout(acting(world.app, caller), caller.owner.id), ['signIn']);
    });

    test('the cookie is for the server alone, and for https where the console is reached by it', async () => {
      const { email } = await makeMember(world.app, world.home.id);
      const plain = (await trySignIn(url, email, PASSWORD)).headers.getSetCookie();
      assert.equal(plain.length, 1);
      assert.match(plain[0] ?? '', /^keywright\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
      await using secure = await startTestApp(kind, { publicUrl: 'https://keys.example.com' });
      await makeAccount(secure.app, 'Home');
      const cookies = (await trySignIn(secure.url, emailOf('Home', 'owner'), PASSWORD)).headers.getSetCookie();
      assert.match(cookies[0] ?? '', /^__Secure-keywright\.session_token=.*; HttpOnly; Secure; SameSite=Lax$/);
    });

    test('a cookie that nobody signed opens nothing', async () => {
      const cookie = await signIn(url, emailOf('Home', 'owner'));
      const carried: Carried[] = [
        { cookie: cookie.slice(0, -4) },
        { cookie: cookie.replace(/\.[^.]*$/, '') },
        { cookie: 'keywright.session_token=x.y' },
      ];
      for (const one of carried) assert.equal((await rest(url, 'whoami', {}, one)).body.code, 'unauthenticated');
    });
  });
}

test('whose address no proxy could name signs in from nowhere, and guesses no more often than others', async () => {
  await using world = await makeWorld('sqlite');
  const { url } = world.running;
  const { email, caller } = await makeMember(world.app, world.home.id);
  await acting(world.app, caller)('revokeSessions', {});
  const nowhere = ['unknown', '198.18.0.1, hidden', '198.18.0.2,'];
  const answers = [];
  for (const address of nowhere) answers.push(await trySignIn(url, email, PASSWORD, address));
  for (let at = 0; at < 8; at++) answers.push(await trySignIn(url, email, `guess ${at}`, nowhere[at % 3]));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(statuses, [...Array(3).fill(200), ...Array(7).fill(401), 429]);
  const { items } = await acting(world.app, caller)('listSessions', {});
  const events = await eventsAbout(acting(world.app, world.home.callers.owner), caller.owner.id);
  const signIns = events.filter(({ action }) => action === 'signIn');
  assert.deepEqual(
    [...items, ...signIns].map(({ address }) => address),
    Array(6).fill(null),
  );
});

function outputOf<Name extends OperationName>({ status, body }: Answer): OutputOf<Name> {
  assert.equal(status, 200, JSON.stringify(body));
  return body as OutputOf<Name>; // answers are held against their schemas elsewhere
}

function fieldsOf({ errors }: Answer['body']): string[] {
  assert.ok(Array.isArray(errors));
  return errors.map(error => error.field);
}
