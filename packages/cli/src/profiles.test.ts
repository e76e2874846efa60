import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatToken, KeySecret, newKeyId, newSecret } from '@keywright/core';
import { findAccess } from './access.ts';
import { readEnvironment } from './config.ts';
import { readProfiles, writeProfiles } from './profiles.ts';

const TOKEN = 'kw_KWMRGIQ2ZBW5Z4OXPSSW_secret';
const saved = new Map([['default', { server: 'http://127.0.0.1:7600', token: new KeySecret(TOKEN) }]]);

async function folder(context: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'keywright-cli-'));
  context.after(() => rm(made, { recursive: true }));
  return join(made, 'keywright');
}

test('profiles are stored for the user alone, and read again', async context => {
  const config = await folder(context);
  assert.equal((await readProfiles(config)).size, 0);
  const umask = process.umask(0);
  context.after(() => process.umask(umask));
  await writeProfiles(config, saved);
  await writeProfiles(config, saved);
  assert.equal((await stat(config)).mode & 0o777, 0o700);
  assert.equal((await stat(join(config, 'profiles.json'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(config), ['profiles.json']);
  const profile = (await readProfiles(config)).get('default');
  assert.equal(profile?.server, 'http://127.0.0.1:7600');
  assert.equal(profile?.token.reveal(), TOKEN);
});

test('profiles that others can read or write are refused, with the way out', async context => {
  const config = await folder(context);
  await writeProfiles(config, saved);
  for (const mode of [0o640, 0o604, 0o620, 0o610]) {
    await chmod(join(config, 'profiles.json'), mode);
    await assert.rejects(readProfiles(config), /open to others on this machine .*chmod 600 '.*profiles\.json'/);
  }
});

test('damaged profiles are named as such', async context => {
  const config = await folder(context);
  await writeProfiles(config, saved);
  const before = await readFile(join(config, 'profiles.json'), 'utf8');
  for (const damaged of [
    '',
    '{',
    '[]',
    'null',
    '{"profiles":[1]}',
    before.slice(0, -5),
    '{"profiles":{"default":{}}}',
  ]) {
    await writeFile(join(config, 'profiles.json'), damaged);
    await assert.rejects(readProfiles(config), /is damaged/, damaged);
  }
});

test('a stored token reaches no other server than its own', async context => {
  const config = await folder(context);
  await writeProfiles(config, saved);
  const environment = { ...readEnvironment({}), configFolder: config };
  const own = await findAccess({}, environment, true);
  assert.equal(own.server, 'http://127.0.0.1:7600');
  assert.equal(own.token?.reveal(), TOKEN);
  const elsewhere = { server: 'https://keys.example.com' };
  await assert.rejects(
    findAccess(elsewhere, environment, true),
    /logged in to http:\/\/127\.0\.0\.1:7600, not to https/,
  );
  await assert.rejects(findAccess({}, { ...environment, ...elsewhere }, true), /keywright login --server/);
  assert.deepEqual(await findAccess(elsewhere, environment, false), { ...elsewhere, token: undefined });
  await assert.rejects(findAccess({ profile: 'other' }, environment, true), /no profile other/);
});

test('the account to act in comes from the flag, else from the profile whose token is used', async context => {
  const config = await folder(context);
  const [stored, other] = [`acc_${'a'.repeat(20)}`, `acc_${'b'.repeat(20)}`];
  const profile = { server: 'http://127.0.0.1:7600', token: new KeySecret(TOKEN), account: stored };
  await writeProfiles(config, new Map([['default', profile]]));
  const environment = { ...readEnvironment({}), configFolder: config };
  assert.equal((await findAccess({}, environment, true)).account, stored);
  assert.equal((await findAccess({ account: other }, environment, true)).account, other);
  await assert.rejects(findAccess({ account: 'mine' }, environment, true), /--account must be the id of an account/);
  const key = newKeyId(randomBytes);
  const token = formatToken('kw', key, newSecret(key, randomBytes));
  assert.equal((await findAccess({}, { ...environment, token }, true)).account, undefined);
});

test('what is not logged in says how to', async context => {
  const environment = { ...readEnvironment({}), configFolder: await folder(context) };
  await assert.rejects(findAccess({}, environment, true), /not logged in\. Log in with: keywright login/);
  const mistyped = { ...environment, token: new KeySecret(TOKEN) };
  await assert.rejects(findAccess({}, mistyped, true), /KEYWRIGHT_TOKEN holds no token/);
});
