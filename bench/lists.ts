import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { type Client, createClient } from '@keywright/contract';
import { newId, newKeyId, newSecret } from '@keywright/core';
import type { Caller } from '@keywright/server';
import {
  analyze,
  appendEvents,
  insertAccessKeys,
  insertMember,
  lockChanges,
  type NewEvent,
  type NewKey,
} from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { DATABASES, type DatabaseKind, makeAccount, makeKey, startTestApp, type TestApp } from '../test/support/app.ts';

/** `npm run bench:lists`: every list and search that the console makes, in an account of 100,000 keys, 10,000 members and 100,000 events. */
const KEYS = 100_000;
const MEMBERS = 10_000;
const EVENTS = 100_000;
const PAGES = 100;
const ROWS_AT_ONCE = 500;
const ROUNDS = 40;

const WORDS = ['billing', 'weather', 'deploy', 'night train', 'inventory', 'photos', 'sensor', 'laptop'];

for (const kind of DATABASES) await measure(kind);

async function measure(kind: DatabaseKind): Promise<void> {
  await using server = await startTestApp(kind);
  const filled = await fill(server);
  console.log(
    `\n${kind}, ${cpus()[0]?.model}, Node ${process.versions.node}; ${ROUNDS} rounds\n\n| list | median | p95 |\n|---|---|---|`,
  );
  for (const [title, ask] of Object.entries(await asks(filled))) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      await ask();
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
    console.log(`| ${title} | ${at(0.5)} | ${at(0.95)} |`);
  }
}

interface Filled {
  client: Client;
  /** Of a member without rights over others. */
  member: Client;
  owner: string;
  at: number;
}

async function asks({ client, member, owner, at }: Filled): Promise<Record<string, () => Promise<unknown>>> {
  const deep = await cursorAfter(cursor => client.listAccessKeys({ limit: 100, cursor }));
  const deepByName = await cursorAfter(cursor => client.listAccessKeys({ sort: 'name', limit: 100, cursor }));
  const deepEvents = await cursorAfter(cursor => client.listEvents({ limit: 100, cursor }));
  return {
    'keys, newest first': () => client.listAccessKeys(),
    'keys, by name': () => client.listAccessKeys({ sort: 'name' }),
    'keys, 10,000 further on': () => client.listAccessKeys({ cursor: deep }),
    'keys by name, 10,000 further on': () => client.listAccessKeys({ sort: 'name', cursor: deepByName }),
    'keys, last used first': () => client.listAccessKeys({ sort: '-lastUsed' }),
    'keys, longest unused first': () => client.listAccessKeys({ sort: 'lastUsed' }),
    'keys of an owner': () => client.listAccessKeys({ owner }),
    'inactive keys': () => client.listAccessKeys({ state: 'inactive' }),
    'expired keys (there is none)': () => client.listAccessKeys({ state: 'expired' }),
    'keys, a search that finds many': () => client.listAccessKeys({ text: 'weather' }),
    'keys, a search that finds one': () => client.listAccessKeys({ text: 'weather 77777' }),
    'keys, a search that finds none': () => client.listAccessKeys({ text: 'no such key' }),
    'members by name': () => client.listMembers({}),
    'members, a search that finds one': () => client.listMembers({ text: 'member 7777' }),
    'members, a search that finds none': () => client.listMembers({ text: 'nobody' }),
    'service accounts': () => client.listServiceAccounts({}),
    events: () => client.listEvents({}),
    'events, 10,000 further on': () => client.listEvents({ cursor: deepEvents }),
    'events of a rare action': () => client.listEvents({ action: 'updateKeyPolicy' }),
    'events of an action that there is none of': () => client.listEvents({ action: 'deleteProject' }),
    'events of a member': () => client.listEvents({ actor: owner }),
    'events of an object': () => client.listEvents({ target: 'key_7' }),
    'events until long ago': () => client.listEvents({ until: new Date(at - 90_000_000).toISOString() }),
    'a member sees their own events': () => member.listEvents({}),
    projects: () => client.listProjects({}),
    APIs: () => client.listApis({}),
  };
}

/** Where the page after so many begins. */
async function cursorAfter(list: (cursor: string | undefined) => Promise<{ nextCursor: string | null }>) {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) cursor = (await list(cursor)).nextCursor ?? undefined;
  return cursor;
}

async function fill({ app, url }: TestApp): Promise<Filled> {
  const account = await makeAccount(app, 'Acme');
  const at = app.now();
  const owners = Array.from({ length: MEMBERS }, () => newId('mem', randomBytes));
  for (let from = 0; from < MEMBERS; from += ROWS_AT_ONCE) {
    await app.store.transact(async tx => {
      for (const [n, id] of owners.slice(from, from + ROWS_AT_ONCE).entries()) {
        const person = {
          name: `Member ${from + n}`,
          email: `member${from + n}@acme.example`,
          person: newId('per', randomBytes),
        };
        await insertMember(tx, { id, account: account.id, role: 'member', createdAt: at + n, ...person });
      }
    });
  }
  for (let made = 0; made < KEYS; made += ROWS_AT_ONCE) {
    const keys = Array.from({ length: ROWS_AT_ONCE }, (_, n) => keyOf(made + n, account.id, owners, at));
    await app.store.transact(tx => insertAccessKeys(tx, keys));
  }
  for (let made = 0; made < EVENTS; made += ROWS_AT_ONCE) {
    const events = Array.from({ length: ROWS_AT_ONCE }, (_, n) => eventOf(made + n, account.id, owners, at));
    await app.store.transact(async tx => {
      await lockChanges(tx, app.store.dialect);
      await appendEvents(tx, events);
    });
  }
  // As the database does by itself after a while.
  await analyze(app.store);
  const clientOf = async (caller: Caller) => createClient({ server: url, token: (await makeKey(app, caller)).token });
  const { admin, member } = account.callers;
  return { client: await clientOf(admin), member: await clientOf(member), owner: owners[7] ?? '', at };
}

function eventOf(n: number, account: string, owners: readonly string[], at: number): NewEvent {
  const owner = owners[n % owners.length] ?? '';
  return {
    account,
    at: at - (EVENTS - n) * 1000,
    action: n % 50_000 === 7 ? 'updateKeyPolicy' : 'updateAccessKey',
    actor: { kind: 'member', id: owner, name: 'Member' },
    owner,
    target: { kind: 'access_key', id: `key_${n}`, name: `${WORDS[n % WORDS.length]} ${n}` },
    details: {},
    address: '192.0.2.1',
  };
}

function keyOf(n: number, account: string, owners: readonly string[], at: number): NewKey {
  const key = newKeyId(randomBytes);
  return {
    key,
    digest: digestOf(newSecret(key, randomBytes)),
    account,
    owner: owners[n % owners.length] ?? '',
    creator: { kind: 'system', id: 'bench', name: null },
    name: `${WORDS[n % WORDS.length]} ${n}`,
    description: 'Made for the bench of lists',
    enabled: n % 10 !== 0,
    permission: 'read_write',
    grants: {},
    expiresAt: null,
    notBefore: null,
    networks: [],
    tags: [],
    legacy: false,
    project: null,
    createdAt: at - n * 1000,
  };
}
