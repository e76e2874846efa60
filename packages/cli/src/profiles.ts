import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeySecret, KeywrightError } from '@keywright/core';

/** One access that `login` stored. */
export interface Profile {
  server: string;
  token: KeySecret;
  /** The account in which to act, where it is not that of the token. */
  account?: string | undefined;
}

export type Profiles = ReadonlyMap<string, Profile>;

const MODE_FILE = 0o600;
const MODE_FOLDER = 0o700;
const MODE_OF_OTHERS = 0o077;

/** Reads the stored profiles; refuses a file that others on this machine could read or write. */
export async function readProfiles(folder: string): Promise<Profiles> {
  const path = fileIn(folder);
  const content = await readPrivate(path);
  if (content === undefined) return new Map();
  const profiles = parseProfiles(content);
  if (profiles === undefined) {
    throw new KeywrightError('unauthenticated', `${path} is damaged. Delete it, then log in again: keywright login`);
  }
  return profiles;
}

/** Stores the profiles whole: the file has mode 0600 from its first byte, and is never half written. */
export async function writeProfiles(folder: string, profiles: Profiles): Promise<void> {
  await mkdir(folder, { recursive: true, mode: MODE_FOLDER });
  const draft = `${fileIn(folder)}.${randomBytes(6).toString('hex')}`;
  const plain = [...profiles].map(([name, { server, token, account }]) => [
    name,
    { server, token: token.reveal(), account },
  ]);
  try {
    await using file = await open(draft, 'wx', MODE_FILE);
    await file.writeFile(`${JSON.stringify({ profiles: Object.fromEntries(plain) }, null, 2)}\n`);
    await file.sync();
    await rename(draft, fileIn(folder));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function fileIn(folder: string): string {
  return join(folder, 'profiles.json');
}

async function readPrivate(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY);
    const { mode } = await file.stat();
    // Windows has no such modes; there the folder of the user is private.
    if (process.platform !== 'win32' && (mode & MODE_OF_OTHERS) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new KeywrightError(
        'unauthenticated',
        `${path} holds secrets and is open to others on this machine (mode ${octal}). Mend it with: chmod 600 '${path}'`,
      );
    }
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseProfiles(content: string): Profiles | undefined {
  try {
    const { profiles }: { profiles: unknown } = JSON.parse(content);
    if (typeof profiles !== 'object' || profiles === null) return undefined;
    return new Map(Object.entries(profiles).map(([name, profile]) => [name, parseProfile(profile)]));
  } catch {
    return undefined;
  }
}

function parseProfile(profile: { server: unknown; token: unknown; account?: unknown }): Profile {
  const { server, token, account } = profile;
  if (typeof server !== 'string' || typeof token !== 'string') throw new TypeError('not a profile');
  return { server, token: new KeySecret(token), ...(typeof account === 'string' ? { account } : {}) };
}
