import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@keywright/contract';
import { limits } from '@keywright/core';
import { tempFolder } from '../support/temp-folder.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

const VERIFIER = `ver_${'a'.repeat(20)}`;
/** For so long it is waited for: the server has to start, and answer twice, before that is over. */
const STALE_MS = 5000;

test('a server that was killed and started again still waits for the verifiers of before, until they must have stopped', async () => {
  using folder = tempFolder();
  const env = { KEYWRIGHT_DATA: folder.path };
  await using first = new KeywrightProcess({ env });
  const { token } = await setUp(first);
  const query = `verifier=${VERIFIER}&name=gateway&staleMaxMs=${STALE_MS}`;
  const stream = await fetch(`${await first.listening()}/v1/verifiers/changes?${query}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
  });
  assert.equal(stream.status, 200);
  await first.end('SIGKILL');
  await stream.body?.cancel().catch(() => {});

  await using second = new KeywrightProcess({ env });
  const client = createClient({ server: await second.listening(), token });
  const { key } = await client.createAccessKey();
  const early = await client.deactivateAccessKey({ key, wait: 'all', waitMs: 1 });
  assert.deepEqual(early.receipt?.missing, [{ kind: 'verifier', id: VERIFIER, name: 'gateway' }]);
  const late = await client.activateAccessKey({ key, wait: 'all', waitMs: limits.receiptWaitMsMax });
  assert.equal(late.receipt?.complete, true);
  assert.equal(late.receipt.acknowledged.find(({ id }) => id === VERIFIER)?.lapsed, true);
});
