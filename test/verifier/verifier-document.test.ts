import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { snippetFor } from '../../packages/console/src/verifiers/snippet.ts';
import { apiKey, ask, bearer } from '../gateways/ask.ts';
import { GIVEN } from '../gateways/rights.ts';
import { environment } from '../support/config.ts';
import { freePort } from '../support/ports.ts';
import { Program } from '../support/program.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { makeApi, VERIFIER_ENDPOINTS, type VerifierWorld, verifierWorld } from './world.ts';

/** The page for those who build it in: its code is run as it stands there, but for addresses and ids. */
const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'verifier.md'), 'utf8');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const RUNTIMES: [file: string, command: string, args: string[]][] = [
  ['app.ts', process.execPath, []],
  ['fastify.ts', process.execPath, []],
  ['hono.ts', bin('bun'), ['run']],
  ['bun.ts', bin('bun'), ['run']],
  ['deno.ts', bin('deno'), ['run', '-A', '--node-modules-dir=manual']],
];

let world: VerifierWorld;
let api: string;
before(async () => {
  world = await verifierWorld();
  api = await makeApi(world.act, 'Shop', [
    { method: 'GET', path: '/orders/{order}' },
    { method: 'GET', path: '/admin' },
  ]);
});
after(() => world[Symbol.asyncDispose]());

for (const [file, command, args] of RUNTIMES)
  test(`${file} of the page does what the page says`, async () => {
    const local = await world.act('createAccessKey', { networks: ['127.0.0.1'] });
    const restricted = await world.act('createAccessKey', { grants: { [api]: [GIVEN] } });
    using folder = tempFolder();
    const port = await freePort();
    writeBlocks(folder, file === 'app.ts' ? [file] : ['keys.ts', file], { 3000: String(port) });
    await using program = await Program.start({
      command,
      args: [...args, join(folder.path, file)],
      folder: folder.path,
      logFile: join(folder.path, 'log'),
      env: { KEYWRIGHT_TOKEN: world.credential },
      endSignal: 'SIGTERM',
    });
    await program.answers(() => ask(port));
    const asked = (headers: [string, string][], path = '/orders/7') => ask(port, { path, headers });
    const good = await asked([bearer(local.token)]);
    assert.deepEqual([good.status, JSON.parse(good.body)], [200, { order: '7', of: local.owner.name }]);
    assert.equal((await asked([apiKey(restricted.token)])).status, 200);
    assert.equal((await asked([bearer(restricted.token)], '/admin')).status, 403);
    assert.equal((await asked([bearer(restricted.token)], '/orders/%2e%2e/admin')).status, 403);
    assert.equal((await asked([apiKey(local.token), apiKey(local.token)])).status, 401);
    const refused = await asked([]);
    assert.deepEqual([refused.status, refused.headers['content-type']], [401, 'application/problem+json']);
    assert.match(String(refused.headers['www-authenticate']), /^Basic .*Bearer /);
    assert.deepEqual([(await ask(port, { method: 'HEAD' })).status, JSON.parse(refused.body).code], [401, 'malformed']);
  });

test('the console and the README of the package show the same lines', () => {
  const code = blockOf('app.ts').replaceAll(/^ {3}/gm, '');
  assert.equal(snippetFor('https://keys.example.com'), code);
  const readme = readFileSync(join(root, 'packages/verifier/README.md'), 'utf8');
  assert.ok(readme.includes(`\`\`\`ts\n// app.ts\n${code}\`\`\`\n`));
});

test('the lines of the console say so where createVerifier refuses the address of the server', () => {
  const near = ['localhost', '127.0.0.1', '127.9.9.9', '[::1]'];
  const far = ['10.0.0.5', 'keys', 'keys.example.com', '127.0.0.1.example.com'];
  const servers = [...near, ...far].flatMap(host => [`http://${host}`, `http://${host}:7600`, `https://${host}`]);
  const fetch = () => Promise.reject(new Error('nobody is there'));
  const refused = servers.filter(server => {
    try {
      world.verifier({ server, fetch });
      return false;
    } catch (error) {
      assert.match(String(error), /^TypeError: server must begin with https:/);
      return true;
    }
  });
  assert.equal(refused.length, 2 * far.length);
  const warned = servers.filter(server => snippetFor(server).includes('\n  // Refused: '));
  assert.deepEqual(warned, refused);
  // Without that line it is as everywhere.
  const plain = snippetFor('http://keys').replace(/\n {2}\/\/ Refused: .*/, '');
  assert.equal(plain, snippetFor('https://keys').replace('https:', 'http:'));
});

test('preload.ts of the page leaves a file behind', async () => {
  using folder = tempFolder();
  const { publicKey } = await world.act('getSigningKey', {});
  writeBlocks(folder, ['preload.ts'], { 'acc_…': world.account.id, 'MCow…': publicKey });
  await using program = await Program.start({
    command: process.execPath,
    args: [join(folder.path, 'preload.ts')],
    folder: folder.path,
    logFile: join(folder.path, 'log'),
    env: { KEYWRIGHT_TOKEN: world.credential },
    endSignal: 'SIGTERM',
  });
  await until(() => existsSync(join(folder.path, 'keys.ndjson')) || program.log() !== '');
  assert.equal(program.log(), '');
});

test('the key of the page can do all that a verifier does, and nothing else', async () => {
  const owner = (await onShell('service-accounts create')).id;
  const key = await onShell('keys create', { 'sva_…': owner });
  assert.partialDeepStrictEqual(key, { owner: { id: owner }, permission: 'restricted' });
  assert.deepEqual(key.grants.keywright.toSorted(), VERIFIER_ENDPOINTS.toSorted());
});

/** What the command of the page answers that begins so, as the owner of the account types it. */
async function onShell(words: string, values: Record<string, string> = {}) {
  const [command] = new RegExp(`npx keywright ${words}[^]*?(?=\\n *(?:npx|\`\`\`))`).exec(page) ?? assert.fail(words);
  const typed = Object.entries(values).reduce((text, [from, to]) => text.replaceAll(from, to), command);
  const { token } = await world.act('createAccessKey', {});
  const { stdout } = await promisify(execFile)('sh', ['-c', `${typed.replace(/ # .*/, '')} --json`], {
    cwd: root,
    env: environment({ KEYWRIGHT_SERVER: world.server.url, KEYWRIGHT_TOKEN: token }),
  });
  return JSON.parse(stdout);
}

/** The blocks with these names, beside the packages that they import. */
function writeBlocks({ path }: TempFolder, names: readonly string[], more: Record<string, string>): void {
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }');
  const values = Object.entries({ 'https://keys.example.com': world.server.url, 'api_…': api, ...more });
  for (const name of names) {
    const code = values.reduce((text, [from, to]) => text.replaceAll(from, to), blockOf(name));
    writeFileSync(join(path, name), code);
  }
}

/** As it stands on the page below its name. */
function blockOf(name: string): string {
  const [, block = ''] = new RegExp(`\`\`\`ts\n *// ${name}\n([^]*?) *\`\`\``).exec(page) ?? assert.fail(`no ${name}`);
  return block;
}
