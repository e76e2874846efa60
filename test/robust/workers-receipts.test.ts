import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutputOf } from '@keywright/contract';
import { createVerifier } from '@keywright/verifier';
import { until } from '../support/until.ts';
import { credentialOf } from '../verifier/world.ts';
import { nodesOf, startWorkers } from './start-workers.ts';

type Receipt = NonNullable<OutputOf<'deactivateAccessKey'>['receipt']>;

/** So many connections that all lead to one of two workers once in ten million times. */
const LINES = 24;
const STALE_MS = 2000;
/** No worker is counted on for so long after its last word. */
const LEASE_MS = STALE_MS + 4000;

describe('receipts of workers', () => {
  test('one that takes the place of another knows of those that can not answer yet, and they of it', async () => {
    await using server = await startWorkers();
    const { client } = server;
    const { key } = await client.createAccessKey();
    const [killed, stopped] = await nodesOf(client, 2);
    const stoppedPid = stopped?.pid ?? 0;
    const receipts: Receipt[] = [];
    process.kill(stoppedPid, 'SIGSTOP');
    try {
      process.kill(killed?.pid ?? 0, 'SIGKILL');
      // What leads to the stopped one waits.
      const isListening = () => fetch(`${server.url}/v1/auth`, { signal: AbortSignal.timeout(200) });
      await until(isListening, { ms: 60_000 });
      const lines = Array.from({ length: LINES }, async () => receipts.push(await revoke(server, key, 500)));
      const all = Promise.allSettled(lines);
      await until(() => receipts.length > 0);
      for (const { complete, missing } of receipts)
        assert.deepEqual([complete, missing.map(({ id }) => id)], [false, [stopped?.id]]);
      const early = receipts.length;
      assert.ok(early < LINES, 'no line led to the worker that was stopped');
      process.kill(stoppedPid, 'SIGCONT');
      await all;
      assert.equal(receipts.length, LINES);
    } finally {
      process.kill(stoppedPid, 'SIGCONT');
    }
    const ids = (await nodesOf(client, 2)).map(({ id }) => id).toSorted();
    for (const receipt of receipts) assert.deepEqual(namesIn(receipt), ids);
    assert.equal((await revoke(server, key, 20_000)).complete, true);
  });

  test('while their parent stands still none is complete, and each names all that decide', async () => {
    await using server = await startWorkers({ KEYWRIGHT_STALE_MAX_MS: String(STALE_MS) });
    const { client, url } = server;
    const { key } = await client.createAccessKey();
    const credential = await credentialOf(client);
    await using verifier = createVerifier({ server: url, credential, staleMaxMs: STALE_MS });
    await verifier.ready();
    const followers = await until(async () => {
      const { items } = await client.listVerifiers();
      return items.length === 3 && items;
    });
    const ids = followers.map(({ id }) => id).toSorted();
    const missed = new Set<string>();
    process.kill(server.process.pid, 'SIGSTOP');
    try {
      for (const end = performance.now() + LEASE_MS; performance.now() < end; )
        for (const receipt of await Promise.all(Array.from({ length: LINES }, () => revoke(server, key, 200)))) {
          assert.deepEqual([receipt.complete, namesIn(receipt)], [false, ids]);
          for (const { id } of receipt.missing) missed.add(id);
        }
    } finally {
      process.kill(server.process.pid, 'SIGCONT');
    }
    assert.deepEqual([...missed].toSorted(), ids);
    const receipt = await revoke(server, key, 20_000);
    assert.deepEqual([receipt.complete, namesIn(receipt)], [true, ids]);
  });
});

/** Over a connection of its own, to any worker. */
async function revoke(server: { url: string; adminToken: string }, key: string, waitMs: number): Promise<Receipt> {
  const headers = { authorization: `Bearer ${server.adminToken}`, connection: 'close' };
  const change = `${server.url}/v1/access-keys/${key}/deactivate?wait=all&waitMs=${waitMs}`;
  const answer = await fetch(change, { method: 'POST', headers });
  const { receipt } = (await answer.json()) as OutputOf<'deactivateAccessKey'>; // as the contract says
  assert.ok(receipt, `answered with ${answer.status}`);
  return receipt;
}

function namesIn({ acknowledged, missing }: Receipt): string[] {
  return [...acknowledged, ...missing].map(({ id }) => id).toSorted();
}
