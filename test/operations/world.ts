import { randomBytes, randomUUID } from 'node:crypto';
import { limits, newId, parseNetwork, type Role } from '@keywright/core';
import { type App, type Caller, hashPassword } from '@keywright/server';
import { insertApi, insertMember, insertPerson, insertProject } from '@keywright/store';
import { sql } from 'kysely';
import {
  type DatabaseKind,
  makeAccount,
  makeKey,
  PASSWORD,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';

/** In every name of the foreign account: no answer to the home account may hold it. */
export const FOREIGN_NAME = 'Zanzibar';

export interface Place extends TestAccount {
  project: string;
}

/** Two accounts on one server: what belongs to the second does not exist for the first. */
export interface World extends AsyncDisposable {
  running: TestApp;
  app: App;
  home: Place;
  foreign: Place;
  /** What `dump` looks at. */
  tables: string[];
}

/** This machine is a trusted proxy, so that a test can come from an address of which no limit is used up. */
const TRUSTED = [parseNetwork('127.0.0.1')].filter(network => network !== undefined);

export async function makeWorld(kind: DatabaseKind): Promise<World> {
  const running = await startTestApp(kind, { trustedProxies: TRUSTED });
  const { app } = running;
  return {
    running,
    app,
    home: await makePlace(app, 'Home'),
    foreign: await makePlace(app, FOREIGN_NAME),
    tables: await tablesOf(app),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function makePlace(app: App, name: string): Promise<Place> {
  const account = await makeAccount(app, name);
  return { ...account, project: await makeProject(app, account.id, `${name} project`) };
}

export async function makeProject(app: App, account: string, name: string): Promise<string> {
  const id = newId('prj', randomBytes);
  await app.store.transact(tx => insertProject(tx, { id, account, name, description: null, createdAt: app.now() }));
  return id;
}

/** An API of the place's project. */
async function makeApi(app: App, place: Place): Promise<string> {
  const api = { id: newId('api', randomBytes), account: place.id, project: place.project, createdAt: app.now() };
  await app.store.transact(tx => insertApi(tx, { ...api, name: `${FOREIGN_NAME} API`, description: null }));
  return api.id;
}

let made = 0;

/** A number that no other object of this process has, for names and e-mail addresses. */
export function serial(): number {
  made += 1;
  return made;
}

/** An active member more, with `PASSWORD` to sign in by the e-mail address. */
export async function makeMember(
  app: App,
  account: string,
  role: Role = 'member',
): Promise<{ caller: Caller; email: string }> {
  const number = serial();
  const email = `person-${number}@example.com`;
  const owner = { kind: 'member', id: newId('mem', randomBytes), name: 'Some person', role } as const;
  const person = newId('per', randomBytes);
  const at = app.now();
  const passwordHash = await hashPassword(PASSWORD);
  await app.store.transact(async tx => {
    await insertPerson(tx, { id: person, name: owner.name, email, passwordHash, at });
    await insertMember(tx, { id: owner.id, account, person, name: owner.name, email, role, createdAt: at });
  });
  const session = { id: await makeSession(app, person), person };
  return { email, caller: { via: 'session', account, owner, permission: 'read_write', session, key: undefined } };
}

/** A session as better-auth writes it. */
export async function makeSession(app: App, person: string): Promise<string> {
  const id = randomUUID();
  const createdAt = new Date(app.now()).toISOString();
  const expiresAt = new Date(app.now() + 3_600_000).toISOString();
  const row = { id, userId: person, token: randomUUID(), createdAt, updatedAt: createdAt, expiresAt };
  await app.store.transact(tx =>
    tx
      .insertInto('sessions')
      .values({ ...row, ipAddress: '127.0.0.1', userAgent: 'test' })
      .execute(),
  );
  return id;
}

/** Everything of one account, or of one caller in it, that an input can name. The key is named after the foreign account. */
export async function objectsOf(app: App, place: Place, caller: Caller): Promise<Record<string, string>> {
  const { key } = await makeKey(app, caller, { name: `${FOREIGN_NAME} key`, project: place.project });
  return {
    key,
    member: caller.owner.id,
    owner: caller.owner.id,
    actor: caller.owner.id,
    target: key,
    serviceAccount: place.serviceAccount,
    project: place.project,
    account: place.id,
    api: await makeApi(app, place),
    session: await makeSession(app, caller.session?.person ?? ''),
    verifier: await connectVerifier(app, place.id),
  };
}

/** All that stands in the database, in an order that does not depend on it. */
export async function dump({ app, tables }: World): Promise<Record<string, string[]>> {
  const select = (table: string) => sql`select * from ${sql.table(table)}`.execute(app.store.db);
  const dumped = await Promise.all(
    tables.map(async table => [table, (await select(table)).rows.map(row => JSON.stringify(row)).sort()]),
  );
  return Object.fromEntries(dumped);
}

/**
 * What is written off the path is no part of a change: uses of keys, whenever their batch is due and where keys have quotas, and the beat of a node,
 * each second.
 */
const OFF_THE_PATH = ['last_uses', 'used_days', 'use_batches', 'quota_counters', 'reservations', 'nodes'];

async function tablesOf({ store }: App): Promise<string[]> {
  const tables = await store.db.introspection.getTables();
  return tables.map(table => table.name).filter(name => !OFF_THE_PATH.includes(name));
}

type Follower = Parameters<App['followers']['join']>[0];

/** The id of a verifier that has connected to the account, and acknowledges nothing. */
export async function connectVerifier(
  app: App,
  account: string,
  project: string | null = null,
  more: Partial<Follower> = {},
): Promise<string> {
  const id = newId('ver', randomBytes);
  const about = {
    name: 'gateway',
    version: '0.1.0',
    account,
    project,
    staleMaxMs: limits.staleMsMax,
    onStale: 'refuse',
  } as const;
  const by = more.by ?? (await ownerOf(app, account));
  await app.followers.join({ id, connectedAt: app.now(), ...about, ...more, by });
  return id;
}

/** The first owner of an account, whose keys speak for its verifiers. */
export async function ownerOf(app: App, account: string): Promise<string> {
  const { id } = await app.store.db
    .selectFrom('owners')
    .select('id')
    .where('account_id', '=', account)
    .where('role', '=', 'owner')
    .limit(1)
    .executeTakeFirstOrThrow();
  return id;
}
