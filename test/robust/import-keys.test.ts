import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createClient } from '@keywright/contract';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { ADA, setUp } from './set-up.ts';

const ROWS = 20_000;

test('an import that is killed in the middle and run again has the same result as one that was not', async () => {
  using folder = tempFolder();
  const [data, file] = [join(folder.path, 'data'), join(folder.path, 'keys.jsonl')];
  const secrets = Array.from({ length: ROWS }, () => `sk_${randomBytes(16).toString('hex')}`);
  const hash = (secret: string) => createHash('sha256').update(secret).digest('hex');
  writeFileSync(file, secrets.map(secret => JSON.stringify({ owner: ADA.email, hash: hash(secret) })).join('\n'));
  const importing = (server: string, token: string) =>
    new KeywrightProcess({
      words: ['--server', server, '--json', 'keys', 'import', file],
      env: { KEYWRIGHT_TOKEN: token },
    });

  await using first = new KeywrightProcess({ env: { KEYWRIGHT_DATA: data } });
  const { token } = await setUp(first);
  await using line = await TcpProxy.start(await first.listening());
  await using cut = importing(line.url, token);
  await until(async () => importedIn(data) > 0, { ms: 30_000, what: 'the first rows' });
  // However late that was seen, no more of them come.
  line.hold();
  await first.end('SIGKILL');
  line.cut();
  assert.equal((await cut.ended).code, 1);
  const before = importedIn(data);
  assert.ok(before > 0 && before < ROWS, `killed too late: ${before}`);

  await using second = new KeywrightProcess({ env: { KEYWRIGHT_DATA: data } });
  const url = await second.listening();
  await using again = importing(url, token);
  const { code, stdout } = await again.ended;
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { imported: ROWS - before, existing: before, refused: [] });
  assert.equal(importedIn(data), ROWS);
  const client = createClient({ server: url });
  for (const secret of [secrets[0], secrets[ROWS / 2], secrets.at(-1)]) {
    const decision = await client.verify({ credential: secret ?? '', method: 'GET' });
    assert.ok('allowed' in decision && decision.allowed);
  }
  assert.equal(((await client.verify({ credential: `${secrets[0]}x` })) as { reason: string }).reason, 'unknown');
});

/** How many keys were imported, each with the one secret that it has. */
function importedIn(data: string): number {
  const db = new DatabaseSync(join(data, 'keywright.db'), { readOnly: true });
  try {
    const count = (sql: string) => Number(db.prepare(sql).get()?.count);
    const keys = count('select count(*) as count from access_keys where legacy = 1');
    assert.equal(count('select count(distinct lookup) as count from legacy_secrets'), keys);
    assert.equal(
      count('select count(*) as count from last_uses u join access_keys k on k.key = u.key where k.legacy = 1'),
      keys,
    );
    return keys;
  } finally {
    db.close();
  }
}
