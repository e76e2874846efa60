import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import manifest from '../../packages/verifier/package.json' with { type: 'json' };
import { VERSION } from '../../packages/verifier/src/remote/version.ts';
import { environment } from '../support/config.ts';
import { root } from '../support/source-tree.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { makeApi, type VerifierWorld, verifierWorld } from './world.ts';

const run = promisify(execFile);
const BINARIES = join(root, 'node_modules/.bin');
const RUNTIMES: [name: string, command: string, args: string[]][] = [
  ['Node', process.execPath, []],
  ['Node 24', join(root, 'packages/verifier/node_modules/.bin/node'), []],
  ['Bun', join(BINARIES, 'bun'), []],
  ['Deno', join(BINARIES, 'deno'), ['run', '--allow-all', '--node-modules-dir=manual']],
];

describe('the package as it is published', () => {
  let folder: TempFolder;
  let world: VerifierWorld;
  let installed: string;

  before(async () => {
    folder = tempFolder();
    world = await verifierWorld();
    const built = join(folder.path, 'built');
    await run(process.execPath, [join(root, 'scripts/build-verifier.ts'), built]);
    const project = join(folder.path, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const env = environment({ npm_config_cache: join(folder.path, 'cache') });
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder.path, built], { cwd: built, env });
    const [tarball] = readdirSync(folder.path).filter(name => name.endsWith('.tgz'));
    assert.ok(tarball, packed.stdout);
    // Without any registry: it needs nothing else.
    const flags = ['--offline', '--no-audit', '--no-fund', '--omit=peer', '--registry=http://127.0.0.1:9'];
    await run('npm', ['install', ...flags, join(folder.path, tarball)], { cwd: project, env });
    copyFileSync(join(import.meta.dirname, 'package-script.js'), join(project, 'script.js'));
    installed = project;
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('holds JavaScript and types, and depends on nothing', () => {
    const path = join(installed, 'node_modules/@keywright/verifier');
    const {
      dependencies,
      exports,
      version,
      private: hidden,
    } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    assert.deepEqual([dependencies, hidden, version], [undefined, undefined, VERSION]);
    assert.equal(VERSION, manifest.version);
    for (const { types, default: code } of Object.values<{ types: string; default: string }>(exports))
      assert.ok(existsSync(join(path, types)) && existsSync(join(path, code)), code);
    assert.deepEqual(
      readdirSync(join(installed, 'node_modules')).filter(name => !name.startsWith('.')),
      ['@keywright'],
    );
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter(name => /\.test\.|(?<!\.d)\.ts$/.test(name)),
      [],
    );
    const code = files.filter(name => /\.(js|ts)$/.test(name));
    assert.deepEqual(
      code.filter(name => /@keywright\/core|['"]\.[^'"]*\.ts['"]/.test(readFileSync(join(path, name), 'utf8'))),
      [],
    );
  });

  test('its README links to nothing that is not there, in the repository and in the package', () => {
    const linked: string[] = [];
    for (const place of [join(root, 'packages/verifier'), join(installed, 'node_modules/@keywright/verifier')]) {
      const readme = readFileSync(join(place, 'README.md'), 'utf8');
      assert.match(readme, /`docs\/verifier\.md` of Keywright/);
      const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
      // The page of the registry shows nothing that lies outside of the package.
      for (const target of targets) assert.ok(existsSync(join(place, target)), `${place}: ${target}`);
      linked.push(...targets);
    }
    assert.deepEqual(linked, ['../../README.md', '../../docs/verifier.md']);
  });

  test('its types are right for whoever uses it', async () => {
    const use = `import { createVerifier } from '@keywright/verifier';
      export async function f(request: Request): Promise<string> {
        await using verifier = createVerifier({ server: '', credential: '' });
        const decision = await verifier.verify(request, { api: 'api_x', endpoint: 'getItem' });
        const { lagMs }: { lagMs: number | null } = verifier.health();
        return decision.allowed ? decision.facts.owner.name : decision.reason + lagMs;
      }`;
    writeFileSync(join(installed, 'use.ts'), use);
    const options = ['--noEmit', '--strict', '--target', 'esnext', '--module', 'nodenext', '--types', ''];
    await run(join(BINARIES, 'tsc'), [...options, 'use.ts'], { cwd: installed });
  });

  for (const [name, command, args] of RUNTIMES) {
    test(`verifies a key, sees a revocation and reports uses on ${name}`, async () => {
      const { token, key } = await world.act('createAccessKey', {});
      const { publicKey } = await world.act('getSigningKey', {});
      const file = join(folder.path, `${name}.ndjson`);
      const words = [world.server.url, world.credential, token, publicKey, file, world.account.id];
      const child = spawn(command, [...args, 'script.js', ...words], {
        cwd: installed,
        env: environment({ DENO_DIR: join(folder.path, 'deno'), NODE_OPTIONS: '' }),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [out, errors] = ['', ''];
      child.stdout.on('data', text => {
        out += text;
      });
      child.stderr.on('data', text => {
        errors += text;
      });
      const ended = once(child, 'close');
      await until(() => out.includes('allowed') && existsSync(file), { ms: 20_000, what: `${name}: ${errors}` });
      await until(async () => (await world.act('getAccessKey', { key })).usedDays.length > 0);
      const { receipt } = await world.act('deactivateAccessKey', { key, wait: 'all' });
      assert.equal(receipt?.acknowledged.filter(one => one.name === 'packed' && !one.lapsed).length, 1, errors);
      const [code] = await ended;
      const [first, second, health = '{}'] = out.trim().split('\n');
      assert.deepEqual([code, first, second], [0, 'allowed', 'inactive'], errors);
      assert.deepEqual(JSON.parse(health), { connected: true, hasSequence: true, entries: 1 });
    });
  }

  for (const [name, command, args] of RUNTIMES.slice(2))
    test(`whatever host is told, a key passes only where it may be handled on ${name}`, async () => {
      const api = await makeApi(world.act, name, [
        { method: 'GET', path: '/' },
        { method: 'GET', path: '/orders/{order}' },
        { method: 'GET', path: '/admin' },
      ]);
      const grants = { [api]: ['GET /', 'GET /orders/{}'] };
      const { token } = await world.act('createAccessKey', { permission: 'restricted', grants });
      copyFileSync(join(import.meta.dirname, 'hosts-script.js'), join(installed, 'hosts.js'));
      const hono = join(installed, 'node_modules/hono');
      if (!existsSync(hono)) symlinkSync(join(root, 'node_modules/hono'), hono);
      const child = spawn(command, [...args, 'hosts.js', world.server.url, world.credential, api], {
        cwd: installed,
        env: environment({ DENO_DIR: join(folder.path, 'deno'), NODE_OPTIONS: '' }),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const [ports] = await once(child.stdout.setEncoding('utf8'), 'data');
        for (const port of JSON.parse(ports)) {
          const get = (host: string, path: string) => getFrom(port, host, path, token);
          assert.match(await get('api.example.com:80', '/orders/7'), /^200 \/orders\/(7|:order)$/);
          assert.match(await get('api.example.com', '/admin'), /^403/);
          for (const host of HOSTS)
            for (const path of ['/orders/7', '/orders/admin', '/admin'])
              assert.doesNotMatch(await get(host, path), /^200 \/admin/, `Host: ${host}, GET ${path}`);
        }
      } finally {
        child.kill();
        await once(child, 'exit');
      }
    });
});

/** Some of them end for one reader of a URL, and go on for another. */
const HOSTS = [
  'h?',
  'h#',
  'h\\admin',
  'h\\admin#',
  'h/admin',
  'h/admin?',
  'h/admin#',
  '/admin?',
  '',
  'a@h?',
  'h;',
  'h%2f',
];

/** Status and body; nothing when the connection is ended without. */
async function getFrom(port: number, host: string, path: string, token: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-API-Key: ${token}\r\nConnection: close\r\n\r\n`);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return `${head.split(' ')[1]} ${body}`;
}
