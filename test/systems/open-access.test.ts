import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { createClient, operations } from '@keywright/contract';
import { rest } from '../operations/http.ts';
import { KeywrightProcess } from '../robust/server-process.ts';
import { ADA } from '../robust/set-up.ts';
import { callOf, DATABASES, makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('N8 access control that is not set up yet', { concurrency: 2 }, () => {
  test('N8 the normal start always has access control', async () => {
    await using server = await startTestApp();
    await makeAccount(server.app, 'Home');
    for (const entry of operations.filter(({ right }) => right !== 'public')) {
      const path = `/v1${entry.path.replaceAll(/\{\w+\}/g, 'x')}`;
      const answer = await fetch(server.url + path, { method: entry.method });
      assert.equal(answer.status, 401, entry.name);
    }
    assert.equal((await createClient({ server: server.url }).getSetup()).openAccess, false);
  });

  for (const kind of DATABASES) {
    test(`N8 with --open-access everybody on this machine has access, on ${kind}`, async () => {
      await using server = await startTestApp(kind, { openAccess: true });
      const client = createClient({ server: server.url });
      assert.partialDeepStrictEqual(await client.getSetup(), { openAccess: true, needed: true });
      assert.partialDeepStrictEqual(await client.whoami(), {
        via: 'open_access',
        role: 'admin',
        owner: { name: 'Open access' },
        account: { name: 'Open access' },
      });
      const { key, token } = await client.createAccessKey({ name: 'First' });
      assert.partialDeepStrictEqual(await client.verify({ credential: token, method: 'POST' }), { allowed: true });
      const [event] = (await client.listEvents({ target: key })).items;
      assert.partialDeepStrictEqual(event, { action: 'createAccessKey', actor: { name: 'Open access' } });
      assert.equal((await client.listEvents({ action: 'startOpenAccess' })).items.length, 1);
      await assert.rejects(client.getProfile(), { code: 'session_required' });
    });
  }

  test('N8 who says who they are is nobody else', async () => {
    await using server = await startTestApp('sqlite', { openAccess: true });
    const home = await makeAccount(server.app, 'Home');
    const { key, token } = await makeKey(server.app, home.callers.member);
    assert.equal((await createClient({ server: server.url, token }).whoami()).role, 'member');
    const { app } = server;
    const { run } = await import('@keywright/server');
    await run(app, 'deactivateAccessKey', { key }, callOf(home.callers.owner));
    await assert.rejects(createClient({ server: server.url, token }).whoami(), { code: 'inactive' });
    const foreign = await rest(server.url, 'whoami', {}, { headers: { 'keywright-account': home.id } });
    assert.equal(foreign.status, 404);
  });

  test('N8 no page of another site, no other name for this machine and no proxy gets in', async () => {
    await using server = await startTestApp('sqlite', { openAccess: true });
    const host = new URL(server.url).host;
    const refused: Record<string, string>[] = [
      { host: 'rebound.example' },
      { host: `rebound.example:${new URL(server.url).port}` },
      { host: 'localhost.rebound.example' },
      { host: '127.0.0.1.rebound.example' },
      { host: 'rebound@127.0.0.1' },
      { host: '' },
      { host, origin: 'https://rebound.example' },
      { host, origin: 'null' },
      { host, origin: 'http://127.0.0.1:1' },
      { host, 'sec-fetch-site': 'cross-site' },
      { host, 'sec-fetch-site': 'same-site' },
      { host, 'x-forwarded-for': '127.0.0.1' },
      { host, forwarded: 'for=127.0.0.1' },
      { host, via: '1.1 proxy' },
    ];
    for (const headers of refused) {
      for (const method of ['GET', 'POST']) {
        const answer = await ask(`${server.url}/v1/service-accounts`, method, headers, '{"name":"Mine"}');
        assert.deepEqual([answer.status, answer.body.code], [403, 'cross_site'], JSON.stringify(headers));
      }
      const query = JSON.stringify({ query: 'mutation { createServiceAccount(name: "Mine") { id } }' });
      const { body } = await ask(`${server.url}/graphql`, 'POST', headers, query);
      assert.equal(body.errors?.[0]?.extensions.code, 'cross_site', JSON.stringify(headers));
    }
    const allowed: Record<string, string>[] = [
      { host },
      { host: 'localhost' },
      { host: '[::1]:7600' },
      { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
      { host, 'sec-fetch-site': 'none' },
    ];
    for (const headers of allowed)
      assert.equal((await ask(`${server.url}/v1/members`, 'GET', headers)).status, 200, JSON.stringify(headers));
    const { items } = await createClient({ server: server.url }).listServiceAccounts();
    assert.deepEqual(
      items.map(({ name }) => name),
      ['Open access'],
    );
  });

  for (const [env, reason] of [
    [{ KEYWRIGHT_HOST: '0.0.0.0' }, /others could reach 0\.0\.0\.0/],
    [{ KEYWRIGHT_HOST: '::' }, /others could reach ::/],
    [{ KEYWRIGHT_HOST: '192.0.2.1' }, /others could reach 192\.0\.2\.1/],
    [{ KEYWRIGHT_HOST: 'localhost.example' }, /others could reach localhost\.example/],
    [{ KEYWRIGHT_URL: 'https://keys.example.com' }, /KEYWRIGHT_URL says/],
    [{ KEYWRIGHT_TRUSTED_PROXIES: '127.0.0.1' }, /KEYWRIGHT_TRUSTED_PROXIES says/],
  ] as [Record<string, string>, RegExp][]) {
    test(`N8 it is refused with the reason where others could reach it: ${Object.keys(env)}=${Object.values(env)}`, async () => {
      using folder = tempFolder();
      const data = join(folder.path, 'data');
      await using server = new KeywrightProcess({
        words: ['serve', '--open-access'],
        env: { KEYWRIGHT_DATA: data, ...env },
      });
      const { code, stdout, stderr } = await server.ended;
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^Open access \(--open-access or KEYWRIGHT_OPEN_ACCESS\) is refused: [^\n]+\.\n$/);
      assert.match(stderr, reason);
      assert.ok(!existsSync(data));
    });
  }

  test('N8 each start says so loudly; once set up, nothing is open and nothing is lost', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path };
    await using first = new KeywrightProcess({ words: ['serve', '--open-access'], env });
    const client = createClient({ server: await first.listening() });
    const { token } = await client.createAccessKey({ name: 'First' });
    await first.end('SIGTERM');
    await using second = new KeywrightProcess({ env: { ...env, KEYWRIGHT_OPEN_ACCESS: '1' } });
    const open = createClient({ server: await second.listening() });
    for (const { stdout, stderr } of [first, second]) {
      assert.match(stdout, /^\nOPEN ACCESS: whoever reaches this server/);
      assert.match(stderr, /"level":40.*OPEN ACCESS: /);
    }
    assert.equal((await open.listAccessKeys()).items.length, 1);
    await second.end('SIGTERM');

    await using third = new KeywrightProcess({ env });
    const server = await third.listening();
    assert.doesNotMatch(third.stdout + third.stderr, /open access/i);
    await assert.rejects(createClient({ server }).whoami(), { code: 'unauthenticated' });
    const setupToken = /#token=(\S+)/.exec(third.stdout)?.[1] ?? '';
    const made = await createClient({ server }).setUp({ token: setupToken, account: 'Firm', ...ADA });
    const who = await createClient({ server, token }).whoami();
    assert.deepEqual(who.account, { id: made.account, name: 'Firm' });
    await assert.rejects(createClient({ server }).whoami(), { code: 'unauthenticated' });
  });
});

async function ask(
  url: string,
  method: string,
  headers: IncomingHttpHeaders & Record<string, string>,
  body = '',
): Promise<{ status: number | undefined; body: { code?: string; errors?: { extensions: { code: string } }[] } }> {
  const sent = request(url, { method, headers: { 'content-type': 'application/json', ...headers }, setHost: false });
  sent.end(method === 'GET' ? '' : body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}
