import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { createClient } from '@keywright/contract';
import { config } from '../support/config.ts';
import { freePort } from '../support/ports.ts';
import { freshDatabase } from '../support/postgres.ts';
import { root } from '../support/source-tree.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Ended, KeywrightProcess, type ProcessOptions } from './server-process.ts';
import { setUp } from './set-up.ts';

describe('keywright serve', { concurrency: 2 }, () => {
  test('prints one link; started again it keeps everything and says where it listens', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: join(folder.path, 'made', 'by', 'itself') };
    await using first = new KeywrightProcess({ env });
    const url = await first.listening();
    assert.equal(first.stdout.match(/http:\/\/\S+#token=\S+/g)?.length, 1);
    const { token } = await setUp(first);
    assert.deepEqual(await first.end('SIGTERM'), {
      code: 0,
      signal: null,
      stdout: `Keywright listens on ${url}\n\nOpen this link to set it up (it works once):\n\n  ${link(first)}\n\n\nSIGTERM: finishing requests …\nKeywright has stopped. Nothing was lost.\n`,
      stderr: '',
    });
    await using second = new KeywrightProcess({ env });
    const again = await second.listening();
    assert.equal(second.stdout, `Keywright listens on ${again}\n`);
    assert.equal((await createClient({ server: again, token }).whoami()).owner.name, 'Ada');
  });

  test('each start prints a new link, and the one before is void', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: folder.path };
    await using first = new KeywrightProcess({ env });
    await first.listening();
    const old = link(first);
    await first.end('SIGINT');
    await using second = new KeywrightProcess({ env });
    const server = await second.listening();
    const ada = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery staple' };
    const anonymous = createClient({ server });
    await assert.rejects(anonymous.setUp({ token: tokenIn(old), ...ada }), { code: 'gone' });
    await anonymous.setUp({ token: tokenIn(link(second)), ...ada });
    await assert.rejects(anonymous.setUp({ token: tokenIn(link(second)), ...ada }), { code: 'gone' });
  });

  test('what it writes is for its user only, in a folder that was open to others, too', async () => {
    using folder = tempFolder();
    const [own, open] = [join(folder.path, 'own'), join(folder.path, 'open')];
    mkdirSync(open);
    chmodSync(open, 0o755);
    for (const data of [own, open]) {
      await using server = new KeywrightProcess({ env: { KEYWRIGHT_DATA: data } });
      await server.listening();
      for (const file of ['secret', 'keywright.db', 'keywright.db-wal'])
        assert.equal(modeOf(join(data, file)), 0o600, file);
    }
    assert.equal(modeOf(own), 0o700);
  });

  test('a lock that kill -9 left behind does not block', async () => {
    using folder = tempFolder();
    for (let n = 0; n < 3; n++) {
      const server = new KeywrightProcess({ env: { KEYWRIGHT_DATA: folder.path } });
      await server.listening();
      assert.equal((await server.end('SIGKILL')).signal, 'SIGKILL');
    }
  });
});

describe('what a person can mend is one sentence and exit code 1', { concurrency: 2 }, () => {
  test('a second start on the same data folder', async () => {
    using folder = tempFolder();
    await using first = new KeywrightProcess({ env: { KEYWRIGHT_DATA: folder.path } });
    const url = await first.listening();
    await refuses({ KEYWRIGHT_DATA: folder.path }, /^Another Keywright is running on the data folder/);
    assert.equal((await fetch(`${url}/v1/setup`)).status, 200);
  });

  test('a taken port', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await refuses({ KEYWRIGHT_PORT: String(port) }, new RegExp(`^Port ${port} on 127.0.0.1 is taken`));
    server.close();
  });

  test('a data folder that can not be used', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await refuses({ KEYWRIGHT_DATA: join(file, 'data') }, /can not be used \(it is not a folder\)/);
    await refuses({ KEYWRIGHT_DATA: file }, /can not be used \(it is not a folder\)/);
    if (existsSync('/proc/self')) await refuses({ KEYWRIGHT_DATA: '/proc/keywright' }, /can not be used/);
  });

  test('a data folder that can not be written', async () => {
    using folder = tempFolder();
    const sealed = join(folder.path, 'sealed');
    mkdirSync(sealed);
    const uid = nobody();
    // Without another user to be, the mode must do; whoever runs the tests as root is bound by none.
    chmodSync(sealed, 0o555);
    const options = { uid };
    await refuses({ KEYWRIGHT_DATA: join(sealed, 'data') }, /can not be used \(it can not be written\)/, options);
    await refuses({ KEYWRIGHT_DATA: sealed }, /can not be used/, options);
  });

  test('what lies in the data folder is damaged', async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, 'keywright.db'), 'no database at all '.repeat(500));
    await refuses(
      { KEYWRIGHT_DATA: folder.path },
      /^The database .*keywright\.db can not be opened: file is not a database/,
    );
    using other = tempFolder();
    writeFileSync(join(other.path, 'secret'), 'short');
    await refuses({ KEYWRIGHT_DATA: other.path }, /^The file .*secret is damaged/);
  });

  const NONSENSE: [name: string, value: string, says: RegExp][] = [
    ['KEYWRIGHT_PORT', 'abc', /^The port .*KEYWRIGHT_PORT\) must be a number from 0 to 65535, not "abc"/],
    ['KEYWRIGHT_PORT', '65536', /^The port .* must be/],
    ['KEYWRIGHT_PORT', '-1', /^The port .* must be/],
    ['KEYWRIGHT_PORT', '80.5', /^The port .* must be/],
    ['KEYWRIGHT_HOST', '203.0.113.1', /has no address 203\.0\.113\.1/],
    ['KEYWRIGHT_HOST', 'nowhere.invalid', /has no address nowhere\.invalid/],
    ['KEYWRIGHT_URL', 'keys.example.com', /^KEYWRIGHT_URL must be/],
    ['KEYWRIGHT_TRUSTED_PROXIES', '10.0.0.0/8,localhost', /^KEYWRIGHT_TRUSTED_PROXIES must list .* not "localhost"/],
    ['KEYWRIGHT_TRUSTED_PROXIES', '10.0.0.1/8', /^KEYWRIGHT_TRUSTED_PROXIES must list/],
    ['KEYWRIGHT_FORWARDED_HEADERS', 'all', /^KEYWRIGHT_FORWARDED_HEADERS must be one of x-forwarded, x-original/],
    ['KEYWRIGHT_RATE_LIMIT_STATUS', '500', /^KEYWRIGHT_RATE_LIMIT_STATUS must be one of 429, 403/],
    ['KEYWRIGHT_LOG', 'loud', /^KEYWRIGHT_LOG must be one of/],
    ['KEYWRIGHT_SECRET', 'too short', /^KEYWRIGHT_SECRET must have at least 40 random characters/],
    [
      'KEYWRIGHT_SECRET_FILE',
      '/nowhere/secret',
      /^The file .*secret of KEYWRIGHT_SECRET_FILE can not be read \(ENOENT\)/,
    ],
    ['KEYWRIGHT_SECRET_FILE', '/dev/null', /^The file \/dev\/null of KEYWRIGHT_SECRET_FILE is empty/],
    ['DATABASE_URL_FILE', '/', /^The file \/ of DATABASE_URL_FILE can not be read \(EISDIR\)/],
    ['DATABASE_URL', 'mysql://127.0.0.1/keys', /^DATABASE_URL must begin with postgres:\/\//],
    ['DATABASE_URL', 'postgres://127.0.0.1:1/keys', /^The database of DATABASE_URL can not be opened: .*ECONNREFUSED/],
    ['DATABASE_URL', 'postgres://nowhere.invalid/keys', /^The database of DATABASE_URL can not be opened: /],
    ['DATABASE_URL', 'postgres://[', /^The database of DATABASE_URL can not be opened: /],
  ];
  for (const [name, value, says] of NONSENSE) {
    test(`${name}=${value}`, async () => {
      await refuses({ [name]: value }, says);
    });
  }

  test('a database that is not there, or may not be used', async () => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    url.pathname = '/nonsense';
    await refuses(
      { DATABASE_URL: url.href },
      /^The database of DATABASE_URL can not be opened: database "nonsense" does not exist/,
    );
    const refused = await refuses(
      { DATABASE_URL: `${database.url}?options=-c%20default_transaction_read_only%3Don` },
      /can not be opened/,
    );
    assert.ok(refused.ms < 8000, 'it did not end at once');
  });

  test('an older Node', async () => {
    const says = /^Keywright needs Node 24 or newer; this is Node \d+\.\d+\.\d+\. Run it with npm \(npm start\)/;
    // Whatever Node this machine has besides: it can not even read the launcher's imports.
    const old = oldNode();
    // Before anything else runs: to the launcher, this Node is an older one.
    const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })";
    const preload = `data:text/javascript,${encodeURIComponent(older)}`;
    for (const launcher of [undefined, join(root, 'scripts', 'start.js')]) {
      if (old !== undefined) await refuses({}, says, { node: old, launcher });
      await refuses({}, says, { nodeFlags: ['--import', preload], launcher });
    }
  });
});

/** Starts it and expects that it ends at once: with exit code 1, one sentence or two on one line of stderr, and nothing else. */
async function refuses(
  env: Record<string, string>,
  says: RegExp,
  options: ProcessOptions = {},
): Promise<Ended & { ms: number }> {
  using folder = tempFolder();
  const data: Record<string, string> = options.uid === undefined ? { KEYWRIGHT_DATA: join(folder.path, 'data') } : {};
  const at = performance.now();
  await using server = new KeywrightProcess({ ...options, env: { ...data, ...env } });
  const ended = await server.ended;
  const { code, stdout, stderr } = ended;
  assert.equal(code, 1, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, says);
  assert.match(stderr, /^[^\n]+\.\n$/, 'it is not one line that ends with a full stop');
  assert.doesNotMatch(stderr, /^\s+at |Error:/m);
  return { ...ended, ms: performance.now() - at };
}

function link(server: KeywrightProcess): string {
  return /http:\/\/\S+#token=\S+/.exec(server.stdout)?.[0] ?? '';
}

function tokenIn(address: string): string {
  return address.split('#token=')[1] ?? '';
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** As root no mode binds; then the user `nobody` starts it. */
function nobody(): number | undefined {
  return process.getuid?.() === 0 ? Number(execFileSync('id', ['-u', 'nobody'])) : undefined;
}

/** A Node of this machine that is too old, if there is one. */
function oldNode(): string | undefined {
  const folders = config.path.split(delimiter).filter(folder => !folder.includes('node_modules'));
  const nodes = folders.map(folder => join(folder, 'node')).filter(existsSync);
  return nodes.find(node => Number(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'])) < 24);
}
