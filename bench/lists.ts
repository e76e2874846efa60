import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { type Client, createClient } from '@keywright/contract';
import { newId, newKeyId, newSecret } from '@keywright/core';
import { analyze, insertAccessKeys, insertMember, type NewKey } from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { DATABASES, type DatabaseKind, makeAccount, makeKey, startTestApp, type TestApp } from '../test/support/app.ts';

/** `npm run bench:lists`: every list and search that the console makes, in an account of 100,000 keys and 10,000 members. */
const KEYS = 100_000;
const MEMBERS = 10_000;
const ROWS_AT_ONCE = 500;
const ROUNDS = 40;

const WORDS = ['billing', 'weather', 'deploy', 'night train', 'inventory', 'photos', 'sensor', 'laptop'];

for (const kind of DATABASES) await measure(kind);

async function measure(kind: DatabaseKind): Promise<void> {
  await using server = await startTestApp(kind);
  const { client, owner } = await fill(server);
  console.log(
    `\n${kind}, ${cpus()[0]?.model}, Node ${process.versions.node}; ${ROUNDS} rounds\n\n| list | median | p95 |\n|---|---|---|`,
  );
  for (const [title, ask] of Object.entries(asks(client, owner))) {
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

function asks(client: Client, owner: string): Record<string, () => Promise<unknown>> {
  return {
    'keys, newest first': () => client.listAccessKeys(),
    'keys, by name': () => client.listAccessKeys({ sort: 'name' }),
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
    projects: () => client.listProjects({}),
    APIs: () => client.listApis({}),
  };
}

async function fill({ app, url }: TestApp): Promise<{ client: Client; owner: string }> {
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
  // As the database does by itself after a while.
  await analyze(app.store);
  const { token } = await makeKey(app, account.callers.admin);
  return { client: createClient({ server: url, token }), owner: owners[7] ?? '' };
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
