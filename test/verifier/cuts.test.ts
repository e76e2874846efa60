import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@keywright/contract';
import { createVerifier, type RemoteVerifier } from '@keywright/verifier';
import { KeywrightProcess } from '../robust/server-process.ts';
import { setUp } from '../robust/set-up.ts';
import { nodesOf } from '../robust/start-workers.ts';
import { freePort } from '../support/ports.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { credentialOf, verdictOf } from './world.ts';

const STALE_MS = 2000;
const VERIFIERS = 4;
const CUTS = 100;
/** After so many cuts all processes of the server are killed, too; after so many the lines stay down for as long as verifiers go on. */
const KILL_EACH = 25;
const LONG_EACH = 40;

test('four verifiers and two workers: lines cut 100 times, the server killed: no key passes past the bound, or lives again', async t => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(tempFolder());
  const env = { KEYWRIGHT_DATA: join(folder.path, 'data'), KEYWRIGHT_PORT: String(await freePort()) };
  const start = () => new KeywrightProcess({ words: ['serve', '--workers', '2'], env });
  let server = start();
  opened.defer(() => server[Symbol.asyncDispose]());
  const { token } = await setUp(server);
  const url = await server.listening();
  const client = createClient({ server: url, token });
  const credential = await credentialOf(client);
  const places = await Promise.all(
    Array.from({ length: VERIFIERS }, async () => {
      const proxy = opened.use(await TcpProxy.start(url));
      opened.defer(() => proxy.release());
      return { proxy, verifier: createVerifier({ server: proxy.url, credential, staleMaxMs: STALE_MS }) };
    }),
  );
  for (const { verifier } of places) opened.defer(() => verifier.close().catch(() => {}));
  await Promise.all(places.map(({ verifier }) => verifier.ready()));

  const dead: string[] = [];
  const wrong: string[] = [];
  let isOver = false;
  opened.defer(() => {
    isOver = true;
  });
  const load = places.map(async ({ verifier }, n) => {
    for (let turn = 0; !isOver; turn++) {
      const one = dead[turn % dead.length];
      if (one !== undefined && (await verdictOf(() => verifier.verify(one))) === 'allowed') wrong.push(`${n}: ${one}`);
      if (turn % 20 === 0) await pause(1);
    }
  });
  let worst = 0;
  for (let n = 1; n <= CUTS; n++) {
    const made = await client.createAccessKey();
    await Promise.all(
      places.map(({ verifier }) =>
        until(async () => (await verdictOf(() => verifier.verify(made.token))) === 'allowed'),
      ),
    );
    for (const { proxy } of places) {
      if (n % 3 === 0) proxy.hold();
      proxy.cut();
    }
    await client.deactivateAccessKey({ key: made.key });
    const since = performance.now();
    const all = places.map(({ verifier }) => refuses(verifier, made.token));
    if (n % LONG_EACH === 0) {
      for (const { proxy } of places) proxy.hold();
      await until(() => places.every(({ verifier }) => verifier.health().stale));
    }
    if (n % KILL_EACH === 0) {
      const nodes = await nodesOf(client, 2);
      for (const { pid } of nodes) process.kill(pid, 'SIGKILL');
      await server.end('SIGKILL');
      server = start();
      await server.listening();
    }
    for (const { proxy } of places) proxy.release();
    worst = Math.max(worst, ...(await Promise.all(all)).map(last => last - since));
    dead.push(made.token);
  }
  isOver = true;
  await Promise.all(load);
  t.diagnostic(`a key passed for ${Math.round(worst)} ms at most`);
  assert.ok(worst <= STALE_MS, `it passed for ${worst} ms`);
  assert.deepEqual(wrong, []);
});

/** Asks until it refuses the key; answers when it last let it pass. */
async function refuses(verifier: RemoteVerifier, token: string): Promise<number> {
  let last = 0;
  const isDead = async () => {
    const said = await verdictOf(() => verifier.verify(token));
    if (said === 'allowed') last = performance.now();
    return said === 'inactive';
  };
  await until(isDead, { everyMs: 1, ms: 30_000 });
  return last;
}
