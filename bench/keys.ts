import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { formatToken, NO_USE_LIMITS, newId, newKeyId, newSecret, type Permitted } from '@keywright/core';
import {
  insertAccessKeys,
  insertAccount,
  insertApi,
  insertMember,
  openStore,
  type Store,
  saveEndpoints,
} from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { type Case, entriesOfGithub, github } from './in-process-keys.ts';

const ROWS_AT_ONCE = 500;
const OWNERS = 1000;
/** How many lists of endpoints are given to keys: each holds every so many-th of GitHub's, that is 20. */
const LISTS = 61;

/** A key with a request that it may make at GitHub's API. */
export interface KeyWithCase {
  token: string;
  one: Case;
}

/** Fills a fresh database (`postgres://…`, or a data folder) with that many keys of 1,000 owners, which may do everything; returns their tokens. */
export async function fill(place: string, count: number): Promise<string[]> {
  await using store = await openStore(place.startsWith('postgres:') ? place : join(place, 'keywright.db'));
  return await insertKeys(store, await insertOwners(store), count, () => ({ permission: 'read_write', grants: {} }));
}

/** The same with GitHub's API: half of the keys may call some of its endpoints, a quarter all that read, a quarter all. */
export async function fillWithGithub(folder: string, count: number): Promise<GithubKeys> {
  await using store = await openStore(join(folder, 'keywright.db'));
  const owned = await insertOwners(store);
  const api = newId('api', randomBytes);
  await store.transact(async tx => {
    const named = { name: 'GitHub', description: null, project: null };
    await insertApi(tx, { id: api, account: owned.account, createdAt: Date.now(), ...named });
    const entries = entriesOfGithub().map(entry => ({ ...entry, name: null, summary: null, tag: null }));
    await saveEndpoints(tx, api, entries);
  });
  const cases = github();
  const reading = cases.filter(one => one.reads);
  const lists = Array.from({ length: LISTS }, (_, at) => cases.filter((_, n) => n % LISTS === at));
  const permitted = (n: number): { may: Permitted; given: readonly Case[] } => {
    if (n % 4 === 0) return { may: { permission: 'read_only', grants: {} }, given: reading };
    if (n % 4 === 1) return { may: { permission: 'read_write', grants: {} }, given: cases };
    const given = lists[n % LISTS] ?? [];
    return { may: { permission: 'restricted', grants: { [api]: given.map(({ id }) => id) } }, given };
  };
  const tokens = await insertKeys(store, owned, count, n => permitted(n).may);
  const keys = tokens.map((token, n) => {
    const { given } = permitted(n);
    return { token, one: given[n % given.length] as Case }; // no list is empty
  });
  const [credential = ''] = await insertKeys(store, owned, 1, () => ({ permission: 'read_write', grants: {} }));
  return { api, keys, credential };
}

interface GithubKeys {
  api: string;
  keys: KeyWithCase[];
  /** For a verifier. */
  credential: string;
}

interface Owned {
  account: string;
  owners: readonly string[];
}

async function insertOwners(store: Store): Promise<Owned> {
  const account = newId('acc', randomBytes);
  const createdAt = Date.now();
  const owners = Array.from({ length: OWNERS }, () => newId('mem', randomBytes));
  await store.transact(async tx => {
    await insertAccount(tx, { id: account, name: 'Bench', createdAt });
    for (const [n, id] of owners.entries()) {
      const person = { name: `Owner ${n}`, email: `owner${n}@bench.example`, person: newId('per', randomBytes) };
      await insertMember(tx, { id, account, role: n === 0 ? 'owner' : 'member', createdAt, ...person });
    }
  });
  return { account, owners };
}

async function insertKeys(
  store: Store,
  { account, owners }: Owned,
  count: number,
  permitted: (n: number) => Permitted,
): Promise<string[]> {
  const tokens: string[] = [];
  const creator = { kind: 'system', id: 'bench', name: null };
  const createdAt = Date.now();
  const plain = { description: null, expiresAt: null, notBefore: null, project: null, enabled: true, legacy: false };
  for (let made = 0; made < count; made += ROWS_AT_ONCE) {
    const keys = Array.from({ length: Math.min(ROWS_AT_ONCE, count - made) }, (_, at) => {
      const n = made + at;
      const key = newKeyId(randomBytes);
      const secret = newSecret(key, randomBytes);
      tokens.push(formatToken('kw', key, secret).reveal());
      const owner = owners[n % owners.length] ?? '';
      const named = { name: `Key ${n}`, networks: [], tags: [], owner, account, creator, createdAt };
      return { ...plain, ...NO_USE_LIMITS, ...named, ...permitted(n), key, digest: digestOf(secret) };
    });
    await store.transact(tx => insertAccessKeys(tx, keys));
  }
  return tokens;
}
