import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, OutputOf } from '@keywright/contract';
import { createVerifier, type RemoteVerifier } from '@keywright/verifier';
import { nodesOf, startWorkers } from '../robust/start-workers.ts';
import { until } from '../support/until.ts';
import { countingFetch, credentialOf, verdictOf } from './world.ts';

const NAMES = ['Shop 1', 'Shop 2', 'Shop 3', 'Shop 4'];

/** Makes a key, has all of them decide about it, and takes it away with a receipt. Whoever has that is never told `allowed` again. */
async function takeAway(client: Client, verifiers: readonly RemoteVerifier[], dead: Set<string>) {
  const { key, token } = await client.createAccessKey();
  await Promise.all(verifiers.map(verifier => verifier.verify(token)));
  const { receipt } = await client.deactivateAccessKey({ key, wait: 'all', waitMs: 20_000 });
  if (receipt?.complete) dead.add(token);
  return receipt;
}

/** Nobody is missing, and nobody was given up: both workers and all verifiers have said that they know. */
function isWhole(receipt: OutputOf<'deactivateAccessKey'>['receipt']): boolean {
  const known = receipt?.acknowledged.filter(({ lapsed }) => !lapsed) ?? [];
  const names = known.filter(({ kind }) => kind === 'verifier').map(({ name }) => name);
  return receipt?.complete === true && known.length === NAMES.length + 2 && NAMES.every(name => names.includes(name));
}

test('workers are killed one after the other: no wrong decision, verifiers connect again, receipts are whole again', async t => {
  await using server = await startWorkers();
  const { client, url: address } = server;
  const credential = await credentialOf(client);
  await using opened = new AsyncDisposableStack();
  const lines = NAMES.map(() => countingFetch());
  const verifiers = NAMES.map((name, n) =>
    opened.use(createVerifier({ server: address, credential, name, fetch: lines[n]?.fetch })),
  );
  await Promise.all(verifiers.map(verifier => verifier.ready()));
  const { token: good } = await client.createAccessKey();
  const dead = new Set<string>();
  const verdicts = new Map<string, number>();
  let isOver = false;
  t.after(() => {
    isOver = true;
  });
  const load = verifiers.map(async verifier => {
    for (; !isOver; await pause(2))
      for (const token of [good, ...dead]) {
        const said = `${token === good ? 'good' : 'dead'} ${await verdictOf(() => verifier.verify(token))}`;
        verdicts.set(said, (verdicts.get(said) ?? 0) + 1);
      }
  });
  const nodes = await nodesOf(client, 2);
  await until(async () => isWhole(await takeAway(client, verifiers, dead)));
  for (const { pid } of nodes) {
    process.kill(pid, 'SIGKILL');
    // What is asked of a worker that dies fails; whatever receipt comes is held to its word.
    const since = performance.now();
    await until(async () => isWhole(await takeAway(client, verifiers, dead)), { ms: 60_000 });
    t.diagnostic(`receipts are whole again after ${Math.round(performance.now() - since)} ms`);
    assert.ok((await nodesOf(client, 2)).every(node => node.pid !== pid));
    assert.ok(verifiers.every(verifier => verifier.health().connected && !verifier.health().stale));
  }
  const count = () => [...verdicts.values()].reduce((a, b) => a + b, 0);
  const before = count();
  await until(() => count() > before + 1000);
  isOver = true;
  await Promise.all(load);
  t.diagnostic(JSON.stringify(Object.fromEntries(verdicts)));
  // While nobody answers there may be no decision, but never a wrong one.
  for (const said of verdicts.keys()) assert.match(said, /^(good allowed|dead inactive|(good|dead) unavailable)$/);
  assert.ok(verdicts.has('good allowed') && verdicts.has('dead inactive'));
  for (const line of lines)
    assert.ok(line.count('changes') > 1, 'the worker that it followed was not among the killed');
});
