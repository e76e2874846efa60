import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { limits } from '@keywright/core';
import type { VerifierOptions } from '@keywright/verifier';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { countingFetch, makeApi, type VerifierWorld, verdictOf, verifierWorld } from './world.ts';

const STALE_MS = 2000;

describe('a snapshot for when the server is away', () => {
  let world: VerifierWorld;
  let publicKey: string;
  let api: string;
  let token: string;
  let key: string;
  before(async () => {
    world = await verifierWorld();
    ({ publicKey } = await world.act('getSigningKey', {}));
    api = await makeApi(world.act, 'Shop', [{ method: 'GET', path: '/items' }]);
    ({ token, key } = await world.act('createAccessKey', {
      permission: 'restricted',
      grants: { [api]: ['GET /items'] },
    }));
  });
  after(() => world[Symbol.asyncDispose]());

  function fileOf(t: TestContext): string {
    const folder = tempFolder();
    t.after(() => folder[Symbol.dispose]());
    return join(folder.path, 'keys.ndjson');
  }

  /** Lets a verifier write the file, and ends it. */
  async function writeFile(file: string, more: Partial<VerifierOptions> = {}): Promise<void> {
    world.server.clock.at = Date.now();
    const writer = world.verifier({ preload: { file, publicKey }, ...more });
    await until(() => existsSync(file));
    await writer.close();
  }

  const nowhere = { server: 'http://127.0.0.1:9', staleMaxMs: STALE_MS } as const;
  const asked = () => ({ api, method: 'GET', path: '/items' });

  test('is read at once, and nothing is decided by it before the server was heard', async t => {
    const file = fileOf(t);
    await writeFile(file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const away = world.verifier({ ...nowhere, preload: { file, publicKey } });
    await until(() => away.health().entries > 0);
    assert.equal(await verdictOf(() => away.verify(token, asked())), 'unavailable');
    await away.close().catch(() => {});
    const counted = countingFetch();
    const there = world.verifier({ preload: { file, publicKey }, fetch: counted.fetch });
    assert.equal(await verdictOf(() => there.verify(token, asked())), 'allowed');
    assert.deepEqual(counted.bodies('facts'), []);
  });

  test('a change that was acknowledged before a start is not undone by the file', async t => {
    const file = fileOf(t);
    const { token: dying, key: dead } = await world.act('createAccessKey', {});
    await writeFile(file);
    const first = world.verifier({ preload: { file, publicKey } });
    await first.ready();
    const { receipt } = await world.act('deactivateAccessKey', { key: dead, wait: 'all', waitMs: 10_000 });
    assert.equal(receipt?.complete, true);
    const written = readFileSync(file);
    await first.close();
    writeFileSync(file, written);
    const again = world.verifier({ preload: { file, publicKey } });
    assert.equal(await verdictOf(() => again.verify(dying)), 'inactive');
    const away = world.verifier({ ...nowhere, preload: { file, publicKey } });
    assert.equal(await verdictOf(() => away.verify(dying)), 'unavailable');
    await away.close().catch(() => {});
  });

  test('is served on where that is wished', async t => {
    const file = fileOf(t);
    await writeFile(file);
    const verifier = world.verifier({ ...nowhere, onStale: 'serve', preload: { file, publicKey } });
    // At once, not after as long as a request may take.
    const waited = AbortSignal.timeout(limits.verifierRequestMs / 2);
    assert.equal(await verdictOf(() => verifier.verify(token, asked())), 'allowed');
    assert.equal(waited.aborted, false);
    const { token: later } = await world.act('createAccessKey', {});
    assert.equal(await verdictOf(() => verifier.verify(later)), 'unavailable');
    await assert.rejects(verifier.close(), { code: 'unavailable' });
  });

  const serving = (file: string, more: Partial<VerifierOptions> = {}) =>
    world.verifier({ preload: { file, publicKey }, onStale: 'serve', ...more });
  const followers = async () =>
    (await world.act('listVerifiers', {})).items.filter(({ kind }) => kind === 'verifier').map(({ id }) => id);

  /** Besides those that an earlier test has left. */
  async function missing(waitMs: number, others: readonly string[] = []): Promise<string[]> {
    const { key } = await world.act('createAccessKey', {});
    const { receipt } = await world.act('deactivateAccessKey', { key, wait: 'all', waitMs });
    return receipt?.missing.map(({ id }) => id).filter(id => !others.includes(id)) ?? [];
  }

  test('no restart leaves anybody behind to wait for, and whoever lives on by the same file is counted on', async t => {
    const file = fileOf(t);
    await writeFile(file);
    const others = await followers();
    const living = serving(file);
    await living.ready();
    for (let restart = 0; restart < 3; restart++) {
      const verifier = serving(file);
      await verifier.ready();
      await verifier.close();
    }
    const last = serving(file);
    const all = [...others, living.health().id, last.health().id].sort();
    await until(async () => `${(await followers()).sort()}` === `${all}`);
    assert.deepEqual(await missing(5000), []);
    assert.deepEqual(readdirSync(dirname(file)), [basename(file)]);
    for (const verifier of [living, last]) await verifier.close();
  });

  test('who serves by it and has closed is waited for until another one that started by it knows every change', async t => {
    const file = fileOf(t);
    await writeFile(file);
    const others = await followers();
    const first = serving(file);
    await first.ready();
    await first.close();
    const { id } = first.health();
    assert.deepEqual(await missing(100, others), [id]);
    const deaf: typeof fetch = (input, init) =>
      String(input).includes('/acknowledge') ? Promise.reject(new Error('cut')) : fetch(input, init);
    const second = serving(file, { fetch: deaf });
    await until(() => second.health().connected);
    assert.deepEqual(await missing(500, others), [id, second.health().id]);
    await second.close();
    const third = serving(file);
    await until(async () => !(await followers()).some(one => [id, second.health().id].includes(one)));
    assert.deepEqual(await missing(500, others), []);
    await third.close();
  });

  test('what has changed since is known before anything is decided', async t => {
    const file = fileOf(t);
    await writeFile(file);
    const dead = await world.act('createAccessKey', {});
    await writeFile(file);
    await world.act('deactivateAccessKey', { key: dead.key });
    const counted = countingFetch();
    const verifier = world.verifier({ preload: { file, publicKey }, fetch: counted.fetch, onStale: 'serve' });
    // At once: what the file says of it is not believed while the server may answer.
    assert.equal(await verdictOf(() => verifier.verify(dead.token)), 'inactive');
    await until(() => verifier.health().connected && !verifier.health().stale);
    assert.equal(await verdictOf(() => verifier.verify(dead.token)), 'inactive');
    assert.equal(await verdictOf(() => verifier.verify(token, asked())), 'allowed');
    // A load that a change overtakes is asked for again; all else came from the file.
    assert.deepEqual(
      new Set(counted.bodies('facts').map(body => JSON.stringify(body))),
      new Set([JSON.stringify({ keys: [dead.key] })]),
    );
  });

  test('many pages: a try that was interrupted goes on where it was', async t => {
    const file = fileOf(t);
    for (let n = 0; n < 12; n++) await world.act('createAccessKey', {});
    const proxy = await TcpProxy.start(world.server.url);
    t.after(() => proxy[Symbol.asyncDispose]());
    world.server.clock.at = Date.now();
    const small = smallPages();
    let left = 2;
    const interrupted: typeof fetch = (input, init) => {
      if (isSnapshot(input) && left-- <= 0) return Promise.reject(new Error('cut'));
      return small.fetch(input, init);
    };
    const first = world.verifier({ preload: { file, publicKey }, fetch: interrupted });
    await until(() => /cut/.test(first.health().preloadError ?? ''));
    await first.close();
    assert.equal(existsSync(file), false);
    const lines = readFileSync(`${file}.part`, 'utf8');
    assert.equal(lines.split('\n').length, 3);
    writeFileSync(`${file}.part`, `${lines}{"page":"{\\"cut`);
    const cursors = small.cursors.length;
    const second = world.verifier({ preload: { file, publicKey }, fetch: small.fetch });
    await until(() => existsSync(file));
    await second.close();
    assert.notEqual(small.cursors[cursors], null, 'it began anew');
    assert.ok(readFileSync(file, 'utf8').startsWith(lines));
    const verifier = world.verifier({ ...nowhere, onStale: 'serve', preload: { file, publicKey } });
    await verifier.ready();
    const { items } = await world.act('listAccessKeys', { limit: 100 });
    assert.equal(verifier.health().entries, items.length);
    assert.equal(await verdictOf(() => verifier.verify(token, asked())), 'allowed');
    await verifier.close().catch(() => {});
  });

  /** The server's own pages, with few keys on each. */
  function smallPages() {
    const cursors: (string | null)[] = [];
    return {
      cursors,
      fetch: ((input, init) => {
        if (!isSnapshot(input)) return fetch(input, init);
        const url = new URL(String(input));
        cursors.push(url.searchParams.get('cursor'));
        url.searchParams.set('atOnce', '4');
        return fetch(url, init);
      }) as typeof fetch,
    };
  }

  function isSnapshot(input: Parameters<typeof fetch>[0]): boolean {
    return String(input).includes('/verifiers/snapshot');
  }

  test('nothing of it counts when any of it is not as the server signed it', async t => {
    const file = fileOf(t);
    await writeFile(file, { fetch: smallPages().fetch });
    const good = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.ok(good.length >= 3);
    const [first = '', second = '', ...rest] = good;
    const forged = second.replace(/true/, 'false');
    assert.notEqual(forged, second);
    await using other = await verifierWorld();
    const { publicKey: otherKey } = await other.act('getSigningKey', {});
    const table: [what: string, lines: string[], options: Partial<VerifierOptions>, error: RegExp][] = [
      ['a page was changed', [first, forged, ...rest], {}, /signature/],
      ['a page is missing', [first, ...rest], {}, /belong together/],
      ['the first is missing', good.slice(1), {}, /belong together/],
      ['the last is missing', good.slice(0, -1), {}, /not whole/],
      ['it is cut', [first, second.slice(0, -5)], {}, /./],
      ['it is garbage', ['garbage'], {}, /can not be read/],
      ['it is of another account', good, { account: other.account.id }, /another account/],
      ['it is of no project', good, { project: 'prj_aaaaaaaaaaaaaaaaaaaa' }, /another account or project/],
      ['it was signed by another server', good, { preload: { file, publicKey: otherKey } }, /signature/],
    ];
    for (const [what, lines, options, error] of table) {
      writeFileSync(file, `${lines.join('\n')}\n`);
      const verifier = world.verifier({ ...nowhere, onStale: 'serve', preload: { file, publicKey }, ...options });
      const health = await until(() => (verifier.health().preloadError === null ? undefined : verifier.health()));
      assert.deepEqual([health.entries, health.sequence], [0, null], what);
      assert.match(health.preloadError ?? '', error, what);
      await verifier.close().catch(() => {});
    }
  });

  test('an old one that is put in place of the new is not taken for fresh', async t => {
    const file = fileOf(t);
    world.server.clock.at = Date.now();
    await writeFile(file);
    await world.act('deactivateAccessKey', { key });
    t.after(() => world.act('activateAccessKey', { key }));
    await new Promise(resolve => setTimeout(resolve, STALE_MS));
    const verifier = world.verifier({ ...nowhere, preload: { file, publicKey } });
    await assert.rejects(verifier.ready(500), { code: 'unavailable' });
    assert.equal(await verdictOf(() => verifier.verify(token, asked())), 'unavailable');
    await verifier.close().catch(() => {});
  });
});
