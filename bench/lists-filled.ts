import { randomBytes } from 'node:crypto';
import { type Client, createClient } from '@keywright/contract';
import { DAY_MS, newId, newKeyId, newSecret } from '@keywright/core';
import type { Caller } from '@keywright/server';
import {
  analyze,
  appendEvents,
  insertAccessKeys,
  insertAccount,
  insertApi,
  insertMember,
  insertNotices,
  insertProject,
  insertServiceAccount,
  lockChanges,
  type NewEvent,
  type NewKey,
  saveEndpoints,
} from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { makeAccount, makeKey, type TestApp } from '../test/support/app.ts';
import { entriesOfGithub } from './in-process-keys.ts';

const ROWS_AT_ONCE = 500;
/** One event for each key, one member for so many keys, and one of each other thing for so many. */
const KEYS_PER_MEMBER = 10;
const KEYS_PER_OTHER = 100;

export const WORDS = ['billing', 'weather', 'deploy', 'night train', 'inventory', 'photos', 'sensor', 'laptop'];

/** An account with very much in it, and who asks for it. */
export interface Filled {
  /** How many keys and events there are. */
  keys: number;
  members: number;
  /** How many service accounts, projects, APIs and managed accounts there are, of each. */
  others: number;
  client: Client;
  /** Of a member without rights over others. */
  member: Client;
  owner: string;
  /** A tenth of the keys belong to it. */
  project: string;
  /** It has the endpoints of GitHub's API. */
  api: string;
  at: number;
}

export async function fill(server: TestApp, keys: number): Promise<Filled> {
  const { app, url } = server;
  const account = await makeAccount(app, 'Acme');
  const at = app.now();
  const size = { keys, members: keys / KEYS_PER_MEMBER, others: keys / KEYS_PER_OTHER };
  const owners = await fillMembers(server, account.id, size.members);
  const projects = await fillOthers(server, account.id, size.others);
  const [project = ''] = projects;
  await inParts(keys, async numbers => {
    const rows = numbers.map(n => keyOf(n, { account: account.id, owners, project, at }));
    await app.store.transact(tx => insertAccessKeys(tx, rows));
    await useAndNotify(server, rows);
  });
  await inParts(keys, numbers =>
    app.store.transact(async tx => {
      await lockChanges(tx, app.store);
      await appendEvents(
        tx,
        numbers.map(n => eventOf(n, account.id, owners, at - (keys - n) * 1000)),
      );
    }),
  );
  const api = await fillGithub(server, account.id);
  // As the database does by itself after a while.
  await analyze(app.store);
  const clientOf = async (caller: Caller) => createClient({ server: url, token: (await makeKey(app, caller)).token });
  const { admin, member } = account.callers;
  const clients = { client: await clientOf(admin), member: await clientOf(member) };
  return { ...size, ...clients, owner: owners[7] ?? '', project, api, at };
}

/** Hands over the numbers from 0 on in parts that fit into one statement. */
async function inParts(count: number, work: (numbers: number[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += ROWS_AT_ONCE)
    await work(Array.from({ length: Math.min(ROWS_AT_ONCE, count - from) }, (_, n) => from + n));
}

async function fillMembers({ app }: TestApp, account: string, count: number): Promise<string[]> {
  const at = app.now();
  const ids = Array.from({ length: count }, () => newId('mem', randomBytes));
  await inParts(count, numbers =>
    app.store.transact(async tx => {
      for (const n of numbers) {
        const person = { name: `Member ${n}`, email: `member${n}@acme.example`, person: newId('per', randomBytes) };
        await insertMember(tx, { id: ids[n] ?? '', account, role: 'member', createdAt: at + n, ...person });
      }
    }),
  );
  return ids;
}

/** Answers with the ids of the projects. */
async function fillOthers({ app }: TestApp, account: string, count: number): Promise<string[]> {
  const projects = Array.from({ length: count }, () => newId('prj', randomBytes));
  await inParts(count, numbers =>
    app.store.transact(async tx => {
      for (const n of numbers) {
        const named = { account, name: `${wordOf(n)} ${n}`, description: null, createdAt: app.now() + n };
        await insertServiceAccount(tx, { ...named, id: newId('sva', randomBytes), role: 'member' });
        await insertProject(tx, { ...named, id: projects[n] ?? '' });
        // The last one is GitHub's.
        if (n > 0) await insertApi(tx, { ...named, id: newId('api', randomBytes), project: null });
        const { name, createdAt } = named;
        await insertAccount(tx, { id: newId('acc', randomBytes), name, createdAt, managedBy: account });
      }
    }),
  );
  return projects;
}

async function fillGithub({ app }: TestApp, account: string): Promise<string> {
  const id = newId('api', randomBytes);
  // In groups, as its document has them.
  const entries = entriesOfGithub().map(entry => ({
    ...entry,
    name: null,
    summary: `Of GitHub: ${entry.path}`,
    tag: entry.path.split('/')[1] ?? null,
  }));
  await app.store.transact(async tx => {
    await insertApi(tx, { id, account, name: 'GitHub', description: null, project: null, createdAt: app.now() });
    await saveEndpoints(tx, id, entries);
  });
  return id;
}

/** Every second key was used, and of each part one owner was told something. */
async function useAndNotify({ app }: TestApp, keys: readonly NewKey[]): Promise<void> {
  const at = app.now();
  const used = keys.filter((_, n) => n % 2 === 0);
  const by = { address: '192.0.2.1', agent: 'curl/8', api: null, count: 1 };
  await app.store.uses.writeUses(used.map(({ key, createdAt }) => ({ key, at: createdAt, ...by })));
  const told = keys.slice(0, 1).map(({ key }) => ({ key, dueAt: at + DAY_MS }));
  await app.store.transact(tx => insertNotices(tx, 'idle', at, told));
}

function wordOf(n: number): string {
  return WORDS[n % WORDS.length] ?? '';
}

function eventOf(n: number, account: string, owners: readonly string[], at: number): NewEvent {
  const owner = owners[n % owners.length] ?? '';
  return {
    account,
    at,
    action: n % 50_000 === 7 ? 'updateKeyPolicy' : 'updateAccessKey',
    actor: { kind: 'member', id: owner, name: 'Member' },
    owner,
    target: { kind: 'access_key', id: `key_${n}`, name: `${wordOf(n)} ${n}` },
    details: {},
    address: '192.0.2.1',
  };
}

interface Place {
  account: string;
  owners: readonly string[];
  project: string;
  at: number;
}

function keyOf(n: number, { account, owners, project, at }: Place): NewKey {
  const key = newKeyId(randomBytes);
  return {
    key,
    digest: digestOf(newSecret(key, randomBytes)),
    account,
    owner: owners[n % owners.length] ?? '',
    creator: { kind: 'system', id: 'bench', name: null },
    name: `${wordOf(n)} ${n}`,
    description: 'Made for the bench of lists',
    enabled: n % 10 !== 0,
    permission: 'read_write',
    grants: {},
    expiresAt: null,
    notBefore: null,
    networks: [],
    tags: [],
    rateLimits: [],
    quotas: [],
    legacy: false,
    project: n % 10 === 3 ? project : null,
    createdAt: at - n * 1000,
  };
}
