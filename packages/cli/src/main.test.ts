import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatToken, newKeyId, newSecret } from '@keywright/core';

const LAUNCHER = join(import.meta.dirname, '../bin/keywright.js');
const NOWHERE = await addressOfNobody();

interface Run {
  code: number | string;
  stdout: string;
  stderr: string;
}

function keywright(words: string[], env: Record<string, string>, typed = ''): Promise<Run> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [LAUNCHER, ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
    child.stdin?.end(typed);
  });
}

/** A port that was free a moment ago. */
async function addressOfNobody(): Promise<string> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

function newToken(): string {
  const key = newKeyId(randomBytes);
  return formatToken('kw', key, newSecret(key, randomBytes)).reveal();
}

async function fresh(context: TestContext): Promise<{ folder: string; env: Record<string, string> }> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-cli-'));
  context.after(() => rm(folder, { recursive: true }));
  return { folder, env: { XDG_CONFIG_HOME: folder } };
}

test('nothing goes to stdout but answers, and the exit code tells how it went', async context => {
  const { env } = await fresh(context);
  const here = { ...env, KEYWRIGHT_TOKEN: newToken(), KEYWRIGHT_SERVER: NOWHERE };
  const cases: [words: string[], env: Record<string, string>, code: number, stderr: RegExp][] = [
    [['keys', 'list'], env, 1, /^error: You are not logged in\. Log in with: keywright login\n$/],
    [
      ['keys', 'list'],
      here,
      1,
      /^error: No server answers at http:\/\/127\.0\.0\.1:\d+ \(the connection was refused\)\. Is it running\?/,
    ],
    [['keys', 'list'], { ...here, KEYWRIGHT_TOKEN: 'kw_x' }, 1, /^error: KEYWRIGHT_TOKEN holds no token/],
    [['keys', 'list'], { ...here, KEYWRIGHT_SERVER: 'x' }, 2, /^error: KEYWRIGHT_SERVER is not the address/],
    [['keys', 'list', '--token-file', '/nowhere'], here, 2, /^error: \/nowhere can not be read/],
    [['keys', 'lst'], env, 2, /unknown command 'lst'\n\(Did you mean list\?\)/],
    [['keys', 'list', '--stat=x'], env, 2, /unknown option '--stat=x'\n\(Did you mean --state\?\)/],
    [['keys', 'get'], env, 2, /missing required argument 'key'/],
    [['nonsense', '--help'], env, 2, /^error: unknown command 'nonsense'\n\(--help says more\)\n$/],
    [['keys', 'lst', '--help'], env, 2, /unknown command 'lst'\n\(Did you mean list\?\)/],
    [['keys', 'create', '--grants', '{"api_'], env, 2, /option '--grants <json>' argument .* It must be a JSON object/],
    [['logout'], env, 1, /There is no profile default/],
    [['verify'], env, 2, /Credential .*: expected one line on standard input/],
  ];
  for (const [words, variables, code, stderr] of cases) {
    const run = await keywright(words, variables);
    assert.match(run.stderr, stderr, words.join(' '));
    assert.deepEqual([run.code, run.stdout], [code, ''], words.join(' '));
  }
});

test('a file of keys that can hold none is refused before a server is asked', async context => {
  const { folder, env } = await fresh(context);
  const here = { ...env, KEYWRIGHT_TOKEN: newToken(), KEYWRIGHT_SERVER: NOWHERE };
  const cases: [name: string, content: string, stderr: RegExp][] = [
    ['wrong.csv', 'a,b\n', /The first line must name the columns, secret or hash among them, and it says: a, b\./],
    [
      'wrong.csv',
      'owner,name\nada@example.com,x\n',
      /and it says: owner, name\. There can be: secret, hash, salt, id, owner/,
    ],
    ['none.csv', 'owner,secret\n', /none\.csv holds no rows: nothing was imported\./],
    ['none.csv', '', /none\.csv holds no rows/],
    ['none.jsonl', '\n\n', /none\.jsonl holds no rows/],
  ];
  for (const [name, content, stderr] of cases) {
    await writeFile(join(folder, name), content);
    const run = await keywright(['keys', 'import', join(folder, name)], here);
    assert.match(run.stderr, stderr, content);
    assert.deepEqual([run.code, run.stdout], [2, ''], content);
  }
});

test('with --json an error is a problem document', async context => {
  const { env } = await fresh(context);
  const run = await keywright(['--json', 'whoami'], env);
  assert.deepEqual([run.code, run.stdout], [1, '']);
  const { code, status, detail } = JSON.parse(run.stderr);
  assert.deepEqual([code, status], ['unauthenticated', 401]);
  assert.match(detail, /not logged in/);
});

test('no message repeats a secret', async context => {
  const { folder, env } = await fresh(context);
  const token = newToken();
  await writeFile(join(folder, 'token'), `${token}\n`);
  const cut = token.slice(0, -1);
  const runs = [
    await keywright(['login', '--server', NOWHERE], env, token),
    await keywright(['login', '--server', NOWHERE], env, cut),
    await keywright(['login', '--server', NOWHERE, '--token-file', join(folder, 'token')], env),
    await keywright(['whoami', '--server', NOWHERE], { ...env, KEYWRIGHT_TOKEN: cut }),
    await keywright(['verify', '--server', NOWHERE, '--json'], env, token),
  ];
  for (const run of runs) {
    assert.equal(run.code, 1);
    assert.ok(!(run.stdout + run.stderr).includes(cut.slice(-30)));
  }
});
