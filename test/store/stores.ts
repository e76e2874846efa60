import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type KeyDigest, newId, newKeyId } from '@keywright/core';
import {
  appendEvents,
  insertAccessKey,
  insertAccount,
  insertMember,
  insertProject,
  insertServiceAccount,
  lockChanges,
  type NewEvent,
  type NewKey,
  type NewMember,
  openStore,
  type Store,
  type StoredEvent,
} from '@keywright/store';
import { Client } from 'pg';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';

export const DATABASES = ['SQLite', 'PostgreSQL'] as const;
/** Servers of PostgreSQL sort as their language does, unless they are told how. */
export const SORTING_DATABASES = [...DATABASES, 'PostgreSQL in English'] as const;
type DatabaseName = (typeof SORTING_DATABASES)[number];

/** A moment in 2027, from which the tests count. */
export const AT = 1_800_000_000_000;

/** Texts that have broken a system somewhere. */
export const NASTY_TEXTS = [
  "O'Brien",
  'say "hi"',
  'back\\slash',
  '100 %',
  'under_score',
  "'; drop table access_keys; --",
  '$1 ? :name @name {key}',
  'null',
  '日本語のキー',
  'مفتاح',
  'e\u0301 is not \u00e9',
  'İstanbul ẞ ﬁ',
  '😀 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '\u{10ffff} \ufffd \ue000',
  '\u202eright to left',
  'two\nlines\tand a tab',
  'x'.repeat(100),
];

export interface Opened {
  readonly store: Store;
  /** What the store was opened with. */
  readonly location: string;
}

/** One store for all tests of a suite, on a database of its own that goes with it. */
export function openedForSuite(name: DatabaseName): Opened {
  const stack = new AsyncDisposableStack();
  let opened: Opened | undefined;
  before(async () => {
    const location = await freshLocation(name, stack);
    opened = { location, store: stack.use(await openStore(location)) };
  });
  after(() => stack.disposeAsync());
  const ready = () => {
    if (opened === undefined) throw new Error('the suite has not begun');
    return opened;
  };
  return {
    get store() {
      return ready().store;
    },
    get location() {
      return ready().location;
    },
  };
}

/** Where a store can be opened that nobody has opened before. */
export async function freshLocation(name: DatabaseName, stack: AsyncDisposableStack): Promise<string> {
  if (name === 'SQLite') return join(stack.use(tempFolder()).path, 'keywright.db');
  const { url } = stack.use(await freshDatabase());
  if (name === 'PostgreSQL') return url;
  const english = `${new URL(url).pathname.slice(1)}_english`;
  const locale = `locale_provider icu icu_locale 'en-US' lc_collate 'C' lc_ctype 'C'`;
  await execute(url, `create database "${english}" template template0 encoding 'UTF8' ${locale}`);
  stack.defer(() => execute(url, `drop database "${english}" with (force)`));
  return Object.assign(new URL(url), { pathname: english }).href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** A new account, in which a service account can own keys. */
export async function makeAccount(store: Store): Promise<{ account: string; owner: string }> {
  const account = newId('acc', randomBytes);
  const owner = newId('sva', randomBytes);
  await store.transact(async tx => {
    await insertAccount(tx, { id: account, name: 'Acme', createdAt: AT });
    const robot = { id: owner, account, name: 'Robot', description: null, role: 'member', createdAt: AT } as const;
    await insertServiceAccount(tx, robot);
  });
  return { account, owner };
}

/** The plainest member that there is, with what is said. */
export async function makeMember(store: Store, account: string, more: Partial<NewMember> = {}): Promise<NewMember> {
  const id = newId('mem', randomBytes);
  const plain = { id, person: newId('per', randomBytes), name: 'Ada', email: `${id}@acme.example`, createdAt: AT };
  const member: NewMember = { ...plain, account, role: 'member', ...more };
  await store.transact(tx => insertMember(tx, member));
  return member;
}

/** The id of a new project. */
export async function makeProject(store: Store, account: string): Promise<string> {
  const id = newId('prj', randomBytes);
  await store.transact(tx => insertProject(tx, { id, account, name: 'Web', description: null, createdAt: AT }));
  return id;
}

type Whose = Pick<NewKey, 'account' | 'owner'>;

/** The plainest key that there is, with what is said. */
export function plainKey(whose: Whose, more: Partial<NewKey> = {}): NewKey {
  return {
    ...whose,
    key: newKeyId(randomBytes),
    digest: randomBytes(32).toString('latin1') as KeyDigest, // of the right size is all that a digest must be here
    creator: { kind: 'service_account', id: whose.owner, name: 'Robot' },
    project: null,
    legacy: false,
    createdAt: AT,
    name: null,
    description: null,
    permission: 'read_write',
    grants: {},
    expiresAt: null,
    notBefore: null,
    networks: [],
    tags: [],
    rateLimits: [],
    quotas: [],
    enabled: true,
    ...more,
  };
}

export async function makeKey(store: Store, whose: Whose, more: Partial<NewKey> = {}): Promise<NewKey> {
  const key = plainKey(whose, more);
  await store.transact(tx => insertAccessKey(tx, key));
  return key;
}

export function plainEvent(account: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    account,
    at: AT,
    action: 'createAccessKey',
    actor: { kind: 'member', id: 'mem_ada', name: 'Ada' },
    actorAccount: null,
    owner: 'mem_ada',
    target: { kind: 'access_key', id: 'KWA', name: 'deploy' },
    details: { name: 'deploy' },
    address: '192.0.2.1',
    ...more,
  };
}

/** Writes events as a change does. */
export async function change(store: Store, ...events: NewEvent[]): Promise<StoredEvent[]> {
  return store.transact(async tx => {
    await lockChanges(tx, store);
    return appendEvents(tx, events);
  });
}
