import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { apiKey, ask, bearer } from '../gateways/ask.ts';
import { GIVEN } from '../gateways/rights.ts';
import { freePort } from '../support/ports.ts';
import { Program } from '../support/program.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { makeApi, VERIFIER_ENDPOINTS, type VerifierWorld, verifierWorld } from './world.ts';

/** The page for those who build it in: its code is run as it stands there, but for addresses and ids. */
const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'verifier.md'), 'utf8');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const RUNTIMES: [file: string, command: string, args: string[]][] = [
  ['express.ts', process.execPath, []],
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
    writeBlocks(folder, ['keys.ts', file], port);
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

test('the key of the page can do all that a verifier does, and nothing else', () => {
  const [, grants = ''] = /--grants '([^']+)'/.exec(page) ?? [];
  assert.deepEqual(JSON.parse(grants).keywright.toSorted(), VERIFIER_ENDPOINTS.toSorted());
});

/** The blocks with these names, beside the packages that they import. */
function writeBlocks({ path }: TempFolder, names: readonly string[], port: number): void {
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }');
  for (const name of names) {
    const [, block] = new RegExp(`\`\`\`ts\n *// ${name}\n([^]*?)\`\`\``).exec(page) ?? assert.fail(`no ${name}`);
    const values = { 'https://keys.example.com': world.server.url, 'api_…': api, '3000': String(port) };
    const code = Object.entries(values).reduce((text, [from, to]) => text.replaceAll(from, to), block ?? '');
    writeFileSync(join(path, name), code);
  }
}
