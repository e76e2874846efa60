import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryFiles, root } from '../support/source-tree.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { KeywrightProcess } from './server-process.ts';

const DIST = 'packages/console/dist';

test('a server goes on serving its page while npm start builds a newer one, and is refused', async () => {
  using folder = tempFolder();
  copyRepository(folder.path);
  const env = { KEYWRIGHT_DATA: join(folder.path, 'data') };
  await using first = new KeywrightProcess({ npm: folder.path, env });
  const url = await first.listening();
  assert.equal(first.stdout.includes('Building'), false);
  const page = await textOf(url);
  const assets = readdirSync(join(folder.path, DIST, 'assets')).map(name => `/assets/${name}`);
  assert.ok(assets.filter(asset => page.includes(asset)).length >= 2, page);

  appendFileSync(join(folder.path, 'packages/console/src/main.tsx'), "\ndocument.body.dataset.build = 'newer';\n");
  await using second = new KeywrightProcess({ npm: folder.path, env });
  const { code, stdout, stderr } = await second.ended;
  assert.equal(code, 1);
  assert.match(stdout, /^Building the console …\n/);
  assert.match(stderr, /^Another Keywright is running on the data folder/m);

  assert.equal(await textOf(url), page);
  for (const asset of assets) assert.ok((await textOf(url + asset)).length > 0, asset);

  await first.end('SIGTERM');
  await using third = new KeywrightProcess({ npm: folder.path, env });
  assert.notEqual(await textOf(await third.listening()), page);
});

test('a build that failed is begun anew, though it left a page behind', async () => {
  using folder = tempFolder();
  copyRepository(folder.path);
  const env = { KEYWRIGHT_DATA: join(folder.path, 'data') };
  const source = join(folder.path, 'packages/console/src/main.tsx');
  const text = readFileSync(source);
  writeFileSync(source, `${text}\nimport './not-there-yet.ts';\n`);
  const later = new Date(Date.now() + 1000);
  utimesSync(source, later, later);
  await using failing = new KeywrightProcess({ npm: folder.path, env });
  const { code, stderr } = await failing.ended;
  assert.equal(code, 1);
  assert.match(stderr, /not-there-yet/);

  writeFileSync(source, text);
  utimesSync(source, 0, 0);
  await using next = new KeywrightProcess({ npm: folder.path, env });
  await next.listening();
  assert.match(next.stdout, /^Building the console …\n/);
});

/** What is in the repository, and the console as it is built there; what is from npm is linked to. */
function copyRepository(to: string): void {
  for (const file of repositoryFiles().filter(path => /^(package|scripts|tsconfig)/.test(path)))
    cpSync(join(root, file), join(to, file));
  const modules = join(to, 'node_modules');
  mkdirSync(join(modules, '@keywright'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === '.bin' || !/^\.|^@keywright$/.test(name))
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(to, 'packages')))
    symlinkSync(join(to, 'packages', name), join(modules, '@keywright', name));
  // Last, so that it is newer than what it is made of.
  cpSync(join(root, DIST), join(to, DIST), { recursive: true });
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { accept: 'text/html' } });
  assert.equal(answer.status, 200, url);
  return answer.text();
}
