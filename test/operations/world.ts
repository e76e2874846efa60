import { randomBytes, randomUUID } from 'node:crypto';
import { newId, parseNetwork, type Role } from '@keywright/core';
import { type App, type Caller, hashPassword } from '@keywright/server';
import { insertMember, insertPerson, insertProject } from '@keywright/store';
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
  const from = { key: undefined, address: '127.0.0.1' };
  return { email, caller: { via: 'session', account, owner, permission: 'read_write', session, ...from } };
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
    session: await makeSession(app, caller.session?.person ?? ''),
  };
}

/** All that stands in the database, in an order that does not depend on it. */
export async function dump({ app }: World): Promise<Record<string, string[]>> {
  // What was taken down before may be written at any moment: it is no change of what is looked at.
  await app.uses.flush(true);
  const rows = await Promise.all(TABLES.map(table => app.store.db.selectFrom(table).selectAll().execute()));
  return Object.fromEntries(
    TABLES.map((table, at) => [table, (rows[at] ?? []).map(row => JSON.stringify(row)).sort()]),
  );
}

/** Every table but those of the migrations, which a test holds against the database. */
export const TABLES = [
  'access_keys',
  'accounts',
  'events',
  'idempotency_keys',
  'last_uses',
  'members',
  'owners',
  'people',
  'projects',
  'service_accounts',
  'sessions',
  'sign_ins',
  'used_days',
  'verifications',
] as const;
