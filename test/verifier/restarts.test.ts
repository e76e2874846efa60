import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@keywright/contract';
import { createVerifier } from '@keywright/verifier';
import { KeywrightProcess } from '../robust/server-process.ts';
import { setUp } from '../robust/set-up.ts';
import { environment } from '../support/config.ts';
import { freePort } from '../support/ports.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { countingFetch, credentialOf, verdictOf, verifierWorld } from './world.ts';

const STALE_MS = 2000;

describe('when the server is away', () => {
  test('killed and started again, five times: nothing past the bound, no change lost, nothing forgotten', async t => {
    using folder = tempFolder();
    const port = String(await freePort());
    const start = () =>
      new KeywrightProcess({ env: { KEYWRIGHT_DATA: join(folder.path, 'data'), KEYWRIGHT_PORT: port } });
    let server = start();
    t.after(() => server[Symbol.asyncDispose]());
    const owner = await setUp(server);
    const url = await server.listening();
    const client = createClient({ server: url, token: owner.token });
    const counted = countingFetch();
    const credential = await credentialOf(client);
    await using verifier = createVerifier({ server: url, credential, staleMaxMs: STALE_MS, fetch: counted.fetch });
    await verifier.ready();
    const verdict = (token: string) => verdictOf(() => verifier.verify(token));
    assert.equal(await verdict(owner.token), 'allowed');
    const longest: number[] = [];
    for (let round = 0; round < 5; round++) {
      const { key, token } = await client.createAccessKey({});
      await until(async () => (await verdict(token)) === 'allowed');
      await server.end('SIGKILL');
      const killed = performance.now();
      if (round === 2) {
        let last = killed;
        const isOver = async () => {
          const now = await verdict(token);
          if (now === 'allowed') last = performance.now();
          return now === 'unavailable';
        };
        await until(isOver, { everyMs: 1 });
        assert.ok(last - killed <= STALE_MS, `it went on for ${last - killed} ms`);
      }
      server = start();
      await server.listening();
      await client.deactivateAccessKey({ key });
      const since = performance.now();
      let lastAllowed = since;
      const isDead = async () => {
        const now = await verdict(token);
        if (now === 'allowed') lastAllowed = performance.now();
        return now === 'inactive';
      };
      await until(isDead, { everyMs: 1, ms: 20_000 });
      longest.push(lastAllowed - since);
    }
    assert.ok(Math.max(...longest) <= STALE_MS, `it passed for ${Math.max(...longest)} ms`);
    t.diagnostic(`dead after ${longest.map(Math.round).join(', ')} ms`);
    const loads = counted.bodies('facts').filter(body => JSON.stringify(body).includes(owner.key));
    assert.equal(loads.length, 1, 'what had not changed was asked for again');
  });

  test('restored from an older backup: nothing of what came after that is believed, though as much has happened since', async t => {
    using folder = tempFolder();
    const [data, backup] = [join(folder.path, 'data'), join(folder.path, 'backup')];
    const port = String(await freePort());
    const start = () => new KeywrightProcess({ env: { KEYWRIGHT_DATA: data, KEYWRIGHT_PORT: port } });
    let server = start();
    t.after(() => server[Symbol.asyncDispose]());
    const { token: owner } = await setUp(server);
    const url = await server.listening();
    const client = createClient({ server: url, token: owner });
    const credential = await credentialOf(client);
    const { key, token } = await client.createAccessKey({});
    await client.deactivateAccessKey({ key });
    await server.end('SIGTERM');
    cpSync(data, backup, { recursive: true });

    server = start();
    await server.listening();
    await using proxy = await TcpProxy.start(url);
    await using verifier = createVerifier({ server: proxy.url, credential, staleMaxMs: 60_000 });
    await verifier.ready();
    await client.activateAccessKey({ key, wait: 'all' });
    const verdict = () => verdictOf(() => verifier.verify(token));
    assert.equal(await verdict(), 'allowed');
    proxy.hold();
    await server.end('SIGKILL');
    rmSync(data, { recursive: true });
    cpSync(backup, data, { recursive: true });

    server = start();
    await server.listening();
    const { sequence } = verifier.health();
    for (let n = 0; n < 3; n++) await client.createServiceAccount({ name: `Robot ${n}`, role: 'admin' });
    assert.ok((await client.listVerifiers({})).sequence > (sequence ?? 0));
    assert.equal(await verdict(), 'allowed');
    proxy.release();
    await until(async () => (await verdict()) === 'inactive', { ms: 20_000 });
    await client.activateAccessKey({ key, wait: 'all' });
    assert.equal(await verdict(), 'allowed');
  });

  test('further behind than the server can tell: all is forgotten, and asked for again', async () => {
    await using world = await verifierWorld();
    const { token } = await world.act('createAccessKey', {});
    let connections = 0;
    const counted = countingFetch();
    const astray: typeof fetch = (input, init) => {
      const url = new URL(String(input));
      if (url.pathname.endsWith('/changes') && ++connections === 2) url.searchParams.set('after', '999999');
      return counted.fetch(url, init);
    };
    const verifier = world.verifier({ fetch: astray });
    await until(async () => (await verdictOf(() => verifier.verify(token))) === 'allowed');
    const loads = counted.count('facts');
    const { id } = verifier.health();
    await world.server.app.followers.leave({ account: world.account.id, by: world.verifierOwner }, id);
    await until(() => verifier.health().entries === 0);
    assert.equal(await verdictOf(() => verifier.verify(token)), 'allowed');
    assert.equal(counted.count('facts'), loads + 1);
    await until(async () =>
      (await world.act('listVerifiers', {})).items.some(one => one.id === id && one.sequence > 0),
    );
  });

  test('a process that was stopped decides by nothing old when it goes on', async t => {
    await using world = await verifierWorld();
    const { token, key } = await world.act('createAccessKey', {});
    const script = join(import.meta.dirname, 'paused.ts');
    const child = spawn(process.execPath, [script, world.server.url, world.credential, token], { env: environment() });
    t.after(() => child.kill('SIGKILL'));
    let out = '';
    let errors = '';
    child.stdout.on('data', text => {
      out += text;
    });
    child.stderr.on('data', text => {
      errors += text;
    });
    const said = () =>
      out
        .trim()
        .split('\n')
        .map(line => line.split(' ')[0]);
    await until(() => said().at(-1) === 'allowed', { what: errors });
    child.kill('SIGSTOP');
    await world.act('deactivateAccessKey', { key });
    await pause(STALE_MS + 100);
    const before = said().length;
    child.kill('SIGCONT');
    await until(() => said().at(-1) === 'inactive');
    assert.deepEqual(said().slice(before), ['unavailable', 'inactive'], out);
  });
});
