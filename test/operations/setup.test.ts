import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { type App, openApp, readConfig } from '@keywright/server';
import { DATABASES, type DatabaseKind, PASSWORD, startTestApp } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { acting, refusal } from './acting.ts';
import { rest, signIn } from './http.ts';

const ADA = { name: 'Ada', email: 'ada@example.com', password: PASSWORD };

function issue({ setupToken, random }: App): string {
  return setupToken.issue(random).reveal();
}

for (const kind of DATABASES) {
  describe(`setting up on ${kind}`, () => {
    test('who opens the printed link is the owner, once', async () => {
      await using running = await startTestApp(kind);
      const { url, app } = running;
      assert.equal((await rest(url, 'getSetup', {})).body.needed, true);
      const input = { ...ADA, token: issue(app), account: 'Firm' };
      const { status, body } = await rest(url, 'setUp', input);
      assert.equal(status, 200);
      assert.equal((await rest(url, 'getSetup', {})).body.needed, false);
      const cookie = await signIn(url, ADA.email);
      const { account, owner, role } = (await rest(url, 'whoami', {}, { cookie })).body;
      assert.deepEqual([account, role], [{ id: body.account, name: 'Firm' }, 'owner']);
      assert.deepEqual(owner, { kind: 'member', id: body.member, name: 'Ada' });
      const events = (await rest(url, 'listEvents', {}, { cookie })).body.items as { action: string }[]; // a page of events
      assert.deepEqual(
        events.map(event => event.action),
        ['signIn', 'setUp'],
      );
      for (const token of [input.token, issue(app)]) {
        const again = await rest(url, 'setUp', { ...input, token, email: 'eve@example.com' });
        assert.deepEqual([again.status, again.body.code], [410, 'gone']);
      }
    });

    test('a wrong token, a replaced one and none at all open nothing', async () => {
      await using running = await startTestApp(kind);
      const setUp = (token: string) => acting(running.app, undefined)('setUp', { ...ADA, token });
      await refusal(setUp('never-issued'), 'gone');
      const [first, second] = [issue(running.app), issue(running.app)];
      await refusal(setUp(first), 'gone');
      await refusal(setUp(''), 'gone');
      assert.deepEqual(await acting(running.app, undefined)('getSetup', {}), {
        needed: true,
        openAccess: false,
        version: running.app.version,
      });
      await setUp(second);
    });

    test('the account is named after its owner where no name is given', async () => {
      await using running = await startTestApp(kind);
      const { url, app } = running;
      await rest(url, 'setUp', { ...ADA, token: issue(app) });
      const cookie = await signIn(url, ADA.email);
      assert.equal((await rest(url, 'getAccount', {}, { cookie })).body.name, "Ada's account");
    });

    test('a value that breaks a rule leaves the link as it is', async () => {
      await using running = await startTestApp(kind);
      const { url, app } = running;
      const token = issue(app);
      const wrong: Partial<InputOf<'setUp'>>[] = [{ email: 'ada' }, { password: 'short' }, { name: '' }];
      for (const change of wrong) {
        const { status, body } = await rest(url, 'setUp', { ...ADA, token, ...change });
        assert.deepEqual([status, body.code], [422, 'invalid_value']);
      }
      assert.equal((await rest(url, 'setUp', { ...ADA, token })).status, 200);
    });

    test('two who open the link at the same moment make one account', async () => {
      await using running = await startTestApp(kind);
      const { url, app } = running;
      const token = issue(app);
      const emails = ['ada@example.com', 'eve@example.com'];
      const answers = await Promise.all(emails.map(email => rest(url, 'setUp', { ...ADA, token, email })));
      assert.deepEqual(answers.map(answer => answer.status).sort(), [200, 410]);
    });

    test('the token can be guessed ten times a minute', async () => {
      await using running = await startTestApp(kind);
      const codes = [];
      for (let at = 0; at < 11; at++)
        codes.push((await rest(running.url, 'setUp', { ...ADA, token: `guess-${at}` })).body.code);
      assert.deepEqual(codes, [...Array(10).fill('gone'), 'too_many_attempts']);
    });

    test('the link of an earlier start is void', async () => {
      await using places = new AsyncDisposableStack();
      const config = readConfig({}, await environmentOf(kind, places));
      const old = await openApp(config);
      const token = issue(old.app);
      await old[Symbol.asyncDispose]();
      await using running = await openApp(config);
      const opened = issue(running.app);
      await refusal(acting(running.app, undefined)('setUp', { ...ADA, token }), 'gone');
      await acting(running.app, undefined)('setUp', { ...ADA, token: opened });
    });
  });
}

/** A data folder and a database that outlive one run of the server. */
async function environmentOf(kind: DatabaseKind, places: AsyncDisposableStack): Promise<Record<string, string>> {
  const { path } = places.use(tempFolder());
  const env: Record<string, string> = { KEYWRIGHT_DATA: path, KEYWRIGHT_PORT: '0', KEYWRIGHT_LOG: 'silent' };
  if (kind === 'postgres') env.DATABASE_URL = places.use(await freshDatabase()).url;
  return env;
}
