import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startHaproxy } from '../support/haproxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ask } from './ask.ts';
import { addressAt, type Between, blocksOf, changed, GATEWAY_DOCUMENTS } from './documented.ts';
import { startEchoServer } from './echo-server.ts';
import { holdsItsCases } from './hold.ts';

const SCRIPT = join(GATEWAY_DOCUMENTS, 'haproxy', 'keywright.lua');

const start = ({ keywright, api, place }: Between, script = SCRIPT) =>
  startHaproxy(port =>
    changed(blocksOf('haproxy.md', 'haproxy').join(), {
      '/etc/haproxy/keywright.lua': script,
      'bind :80': `bind 127.0.0.1:${port}`,
      '127.0.0.1:7600': `127.0.0.1:${keywright}`,
      '127.0.0.1:8080': `127.0.0.1:${api}`,
      ...addressAt(place),
    }),
  );

holdsItsCases({
  name: 'HAProxy',
  document: 'haproxy.md',
  down: 503,
  unavailable: 503,
  limited: 429,
  yes: [204, 200],
  start: between => start(between),
});

test('when the script fails, nothing passes', async () => {
  using folder = tempFolder();
  const script = join(folder.path, 'keywright.lua');
  const failing = changed(readFileSync(SCRIPT, 'utf8'), {
    '  local answer = ask(txn, url)\n': "  error('no answer')\n",
  });
  writeFileSync(script, failing);
  await using keywright = await startEchoServer(() => ({ status: 204 }));
  await using api = await startEchoServer();
  await using running = await start({ keywright: keywright.port, api: api.port }, script);
  assert.equal((await ask(running.port)).status, 503);
  assert.deepEqual([keywright.arrived, api.arrived], [[], []]);
});
