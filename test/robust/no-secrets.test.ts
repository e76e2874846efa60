import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { format, inspect } from 'node:util';
import { KeySecret } from '@keywright/core';
import { Client as Postgres } from 'pg';
import { pino } from 'pino';
import { DATABASES } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Story } from './secret-story.ts';
import { KeywrightProcess } from './server-process.ts';
import { Traces } from './traces.ts';
import { Wire } from './wire.ts';

describe('no secret is anywhere but in the answer that shows it', () => {
  for (const kind of DATABASES) {
    test(`after 200 keys on ${kind}`, async () => {
      using folder = tempFolder();
      await using database = kind === 'postgres' ? await freshDatabase() : undefined;
      const env = { KEYWRIGHT_DATA: folder.path, KEYWRIGHT_LOG: 'trace', DATABASE_URL: database?.url ?? '' };
      await using server = new KeywrightProcess({ env });
      using wire = new Wire(await server.listening());
      const story = new Story(wire, await server.listening());
      await story.play(/#token=(\S+)/.exec(server.stdout)?.[1] ?? '');

      const traces = new Traces(story.secrets);
      assert.equal(story.keys.length, 200);
      const answers = await story.readEverything();
      const places = { ...answers, ...filesIn(folder.path), database: await dump(database?.url) };
      const { stdout, stderr } = await server.end('SIGTERM');
      const [banner, ...said] = stdout.split('/setup#token=');
      Object.assign(places, filesIn(folder.path, 'after the end: '), {
        stderr,
        stdout: banner + said.join('').slice(32),
      });

      const found = Object.entries(places).flatMap(([place, text]) =>
        traces.in(text).map(what => `${what} in ${place}`),
      );
      assert.deepEqual(found, []);
      // The database keeps sessions, because that is how a cookie is known again; nothing else may show one.
      const sessions = new Traces(story.sessions);
      for (const text of [stderr, ...Object.values(answers)]) assert.deepEqual(sessions.in(text), []);
      checkTheSearch(story, traces, places);
    });
  }
});

/** The search finds what is there, and there is something to search in. */
function checkTheSearch(story: Story, traces: Traces, places: Record<string, Buffer | string>): void {
  // The first was made here, the last three are imported, each in a form of its own.
  for (const key of [...story.keys.slice(0, 1), ...story.keys.slice(-3)]) {
    const basic = Buffer.from(`${key.key}:${key.secret}`);
    for (const planted of [key.token, basic.toString('base64'), basic.toString('hex')])
      assert.deepEqual(traces.in(`…${planted}`), [`the secret of ${key.key}`]);
  }
  const [key = assert.fail('no key was made')] = story.keys;
  assert.deepEqual(traces.in(Buffer.from(key.secret, 'base64')), [`the secret of ${key.key}`]);
  const ids = new Traces([{ what: 'id', text: key.key }]);
  const holders = Object.entries(places).filter(([, text]) => ids.in(text).length > 0);
  const names = holders.map(([place]) => place).join(' ');
  assert.match(names, /GraphQL listAccessKeys/);
  assert.match(names, /listEvents/);
  assert.match(names, /keywright\.db|database/);
  assert.match(String(places.stderr), /"requestId"/, 'nothing was logged');
  for (const path of ['/v1/access-keys', '/v1/access-keys/:key', `/v1/access-keys/${key.key}`])
    assert.ok(String(places.stderr).includes(`"path":"${path}"`), `${path} is not in the log`);
}

function filesIn(folder: string, prefix = ''): Record<string, Buffer> {
  const files = globSync('**', { cwd: folder }).filter(path => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map(path => [prefix + path, readFileSync(join(folder, path))]));
}

/** Every row of every table as text. */
async function dump(url: string | undefined): Promise<string> {
  if (url === undefined) return '';
  const client = new Postgres(url);
  await client.connect();
  try {
    const { rows } = await client.query(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const texts = [];
    for (const { name } of rows)
      texts.push(JSON.stringify((await client.query(`select t::text as row from "${name}" t`)).rows));
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

test('a KeySecret is redacted wherever it is put into words', () => {
  const plain = 'VqY8cUzr3n0pXkTe6bW1sJdLh5Gm2fRa9oQi7EtA';
  const secret = new KeySecret(plain);
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: line => void lines.push(line) });
  log.info(secret, 'alone');
  log.info(
    { secret, deep: { list: [secret], map: new Map([['a', secret]]) } },
    'within %s %o %j',
    secret,
    secret,
    secret,
  );
  log.error({ err: Object.assign(new Error(`for ${secret}`, { cause: secret }), { secret }) });
  lines.push(
    format('%s %o %O %j', secret, secret, secret, secret),
    inspect({ secret }, { depth: 9, showHidden: true }),
  );
  lines.push(
    String(secret),
    JSON.stringify({ secret }),
    `${secret}`,
    Object.values(secret).join(),
    String(Object.entries(secret)),
  );
  assert.deepEqual(new Traces([{ what: 'secret', text: plain }]).in(lines.join('\n')), []);
  assert.match(lines.join('\n'), /redacted/);
});
