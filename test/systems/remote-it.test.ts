import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import { codesOf, dataOf, graphql } from '../graphql/ask.ts';
import { rest } from '../operations/http.ts';
import {
  callOf,
  DATABASES,
  makeAccount,
  makeKey,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** R of the five systems: access keys by GraphQL, by the documents that their users know. */
const CREATE = 'mutation { createAccessKey { key secret } }';
const update = (key: string, enabled: boolean) =>
  `mutation { updateAccessKey(key: "${key}", enabled: ${enabled}) { key enabled } }`;
const remove = (key: string) => `mutation { deleteAccessKey(key: "${key}") }`;

interface Made {
  createAccessKey: { key: string; secret: string };
}

interface Listed {
  accessKeys: { items: { key: string }[] };
}

for (const database of DATABASES) {
  describe(`remote.it on ${database}`, () => {
    let running: TestApp;
    let account: TestAccount;
    /** The key with which everything is asked for; its owner has a second one in the tests. */
    let token: string;
    before(async () => {
      running = await startTestApp(database);
      account = await makeAccount(running.app, 'Home');
      token = (await makeKey(running.app, account.callers.member)).token;
    });
    after(() => running[Symbol.asyncDispose]());

    const ask = <Data = unknown>(query: string, path?: string) => dataOf<Data>(running.url, query, { token }, path);
    const asOwner = () => callOf(account.callers.owner);

    async function create(): Promise<{ key: string; secret: string; token: string }> {
      const { createAccessKey: made } = await ask<Made>(CREATE);
      return { ...made, token: `kw_${made.key}_${made.secret}` };
    }

    async function discard(key: string): Promise<void> {
      await ask(update(key, false));
      assert.deepEqual(await ask(remove(key)), { deleteAccessKey: true });
    }

    test('R1 createAccessKey without an argument answers with the pair, which works at once', async () => {
      const { createAccessKey: made } = await ask<Made>(CREATE);
      assert.deepEqual(Object.keys(made), ['key', 'secret']);
      assert.match(made.key, /^KW[A-Z2-7]{18}$/);
      assert.match(made.secret, /^[0-9A-Za-z]{40}$/);
      const basic = Buffer.from(`${made.key}:${made.secret}`).toString('base64');
      const headers = { authorization: `Basic ${basic}` };
      assert.deepEqual(await dataOf(running.url, '{ whoami { key } }', { headers }), { whoami: { key: made.key } });
      await discard(made.key);
    });

    test('R2 the third key of an owner is refused with an error that names the limit, and nothing is made', async () => {
      await run(running.app, 'updateKeyPolicy', { keysPerOwnerMax: 2 }, asOwner());
      const second = await create();
      const third = await graphql(running.url, CREATE, { token });
      assert.deepEqual(third.data, { createAccessKey: null });
      assert.deepEqual(codesOf(third), ['key_limit_reached']);
      assert.match(third.errors[0]?.message ?? '', /\b2\b/);
      const { accessKeys } = await ask<Listed>('{ accessKeys { items { key } } }');
      assert.equal(accessKeys.items.length, 2);
      await discard(second.key);
      await run(running.app, 'updateKeyPolicy', { keysPerOwnerMax: null }, asOwner());
    });

    test('R3 updateAccessKey disables with false and enables with true', async () => {
      const { key, token: other } = await create();
      assert.deepEqual(await ask(update(key, false)), { updateAccessKey: { key, enabled: false } });
      assert.deepEqual(codesOf(await graphql(running.url, '{ whoami { key } }', { token: other })), ['inactive']);
      assert.deepEqual(await ask(update(key, true)), { updateAccessKey: { key, enabled: true } });
      assert.deepEqual(await dataOf(running.url, '{ whoami { key } }', { token: other }), { whoami: { key } });
      await discard(key);
    });

    test('R4 deleteAccessKey answers true, and the key is gone for good', async () => {
      const { key } = await create();
      await ask(update(key, false));
      assert.deepEqual(await ask(remove(key)), { deleteAccessKey: true });
      const again = await graphql(running.url, update(key, true), { token });
      assert.deepEqual([again.data, codesOf(again)], [{ updateAccessKey: null }, ['not_found']]);
    });

    test('R5 from then on every call with the key fails authentication: GraphQL, REST, verify and the command line', async () => {
      const { key, token: dead } = await create();
      assert.equal((await runCli(running.url, dead)).code, 0);
      await discard(key);
      const asked = await graphql(running.url, '{ whoami { key } }', { token: dead });
      assert.deepEqual([asked.status, asked.data, codesOf(asked)], [401, undefined, ['unknown']]);
      assert.match(asked.headers.get('www-authenticate') ?? '', /Basic/);
      assert.equal((await rest(running.url, 'whoami', {}, { token: dead })).status, 401);
      const verified = await rest(running.url, 'verify', { credential: dead });
      assert.deepEqual([verified.body.allowed, verified.body.reason], [false, 'unknown']);
      const { code, stderr } = await runCli(running.url, dead);
      assert.deepEqual([code, JSON.parse(stderr).code], [1, 'unknown']);
    });

    test('R6 the secret can not be retrieved: another key is made, and the old one removed', async () => {
      const old = await create();
      const read = await ask(`{ getAccessKey(key: "${old.key}") { key name } }`);
      assert.ok(!JSON.stringify(read).includes(old.secret));
      for (const field of ['secret', 'token']) {
        const asked = await graphql(running.url, `{ getAccessKey(key: "${old.key}") { ${field} } }`, { token });
        assert.match(asked.errors[0]?.message ?? '', new RegExp(`Cannot query field "${field}"`));
      }
      const next = await create();
      await discard(old.key);
      assert.deepEqual(await dataOf(running.url, '{ whoami { key } }', { token: next.token }), {
        whoami: { key: next.key },
      });
      await discard(next.key);
    });

    for (const path of ['/graphql', '/graphql/v1']) {
      test(`R7 the documents work word for word at ${path}`, async () => {
        const { createAccessKey: made } = await ask<Made>(CREATE, path);
        const { accessKeys } = await ask<Listed>('query { accessKeys { items { key enabled } } }', path);
        assert.ok(accessKeys.items.some(item => item.key === made.key));
        assert.deepEqual(await ask(update(made.key, false), path), {
          updateAccessKey: { key: made.key, enabled: false },
        });
        assert.deepEqual(await ask(remove(made.key), path), { deleteAccessKey: true });
      });
    }
  });
}

const LAUNCHER = join(import.meta.dirname, '../../packages/cli/bin/keywright.js');
const home = tempFolder();
after(() => home[Symbol.dispose]());

function runCli(server: string, token: string): Promise<{ code: number; stderr: string }> {
  const env = { KEYWRIGHT_SERVER: server, XDG_CONFIG_HOME: home.path, KEYWRIGHT_TOKEN: token };
  return new Promise(resolve => {
    execFile(process.execPath, [LAUNCHER, '--json', 'whoami'], { env }, (failed, _stdout, stderr) =>
      resolve({ code: Number(failed?.code ?? 0), stderr }),
    );
  });
}
