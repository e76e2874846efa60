import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createClient } from '@keywright/contract';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { KeywrightProcess } from './server-process.ts';
import { ADA, setUp } from './set-up.ts';

const SECRET = 'd0e2c1b7a6f54938'.repeat(4);

describe('nodes that share a database and a secret from a file', () => {
  test('each takes the link that another printed and the session that another began, and none writes a secret', async () => {
    await using database = await freshDatabase();
    using folder = tempFolder();
    const file = (name: string, text: string) => {
      writeFileSync(join(folder.path, name), `${text}\n`);
      return join(folder.path, name);
    };
    const shared = {
      KEYWRIGHT_SECRET_FILE: file('shared', SECRET),
      DATABASE_URL_FILE: file('database', database.url),
    };
    const start = (name: string) =>
      new KeywrightProcess({ env: { ...shared, KEYWRIGHT_DATA: join(folder.path, name) } });
    await using first = start('first');
    const one = await first.listening();
    await using second = start('second');
    const other = await second.listening();
    const [, token = ''] = /#token=(\S+)/.exec(first.stdout) ?? [];
    assert.match(second.stdout, new RegExp(`#token=${token}\n`));
    await assert.rejects(createClient({ server: other }).setUp({ token: `${token}x`, ...ADA }), { code: 'gone' });
    const { cookie } = await setUp(second);
    await assert.rejects(createClient({ server: one }).setUp({ token, ...ADA }), { code: 'gone' });
    const profile = await fetch(`${one}/v1/profile`, { headers: { cookie } });
    assert.equal(profile.status, 200);
    for (const name of ['first', 'second']) assert.equal(existsSync(join(folder.path, name, 'secret')), false);
  });

  test('one that has another does not start beside them, says why, and does once they have stopped', async () => {
    await using database = await freshDatabase();
    using folder = tempFolder();
    const start = (name: string, secret: string) => {
      const env = { KEYWRIGHT_DATA: join(folder.path, name), DATABASE_URL: database.url, KEYWRIGHT_SECRET: secret };
      return new KeywrightProcess({ env });
    };
    await using first = start('first', SECRET);
    await first.listening();
    await using second = start('second', SECRET.toUpperCase());
    const { code, stderr } = await second.ended;
    assert.equal(code, 1);
    assert.match(stderr, /^The node \S+ on the same database has another secret: [^\n]*KEYWRIGHT_SECRET[^\n]*\.\n$/);
    await first.end('SIGTERM');
    await using later = start('second', SECRET.toUpperCase());
    await later.listening();
  });

  test('a setting and its file contradict each other', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path, KEYWRIGHT_SECRET: SECRET, KEYWRIGHT_SECRET_FILE: '/dev/null' };
    await using server = new KeywrightProcess({ env });
    const { code, stderr } = await server.ended;
    assert.equal(code, 1);
    assert.equal(stderr, 'KEYWRIGHT_SECRET and KEYWRIGHT_SECRET_FILE are both set. Leave one of them out.\n');
  });
});
