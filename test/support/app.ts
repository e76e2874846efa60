import { randomBytes } from 'node:crypto';
import type { InputOf, OutputOf } from '@keywright/contract';
import { newId, parseToken, ROLES, type Role } from '@keywright/core';
import {
  type App,
  type Call,
  type Caller,
  type Config,
  hashPassword,
  openApp,
  type RunningApp,
  readConfig,
  run,
} from '@keywright/server';
import { insertAccount, insertMember, insertPerson, insertServiceAccount, type Tx } from '@keywright/store';

import { freshDatabase } from './postgres.ts';
import { tempFolder } from './temp-folder.ts';

export const DATABASES = ['sqlite', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

export const PASSWORD = 'correct horse battery staple';

export interface TestApp extends RunningApp {
  /** The server's clock; move it to make time pass. */
  clock: { at: number };
}

/** Of all nodes that share a PostgreSQL. */
export const SHARED_SECRET = 'a secret that all nodes of a test have in common';

/** The whole server, on a free port, a fresh database and a fresh data folder. */
export async function startTestApp(kind: DatabaseKind = 'sqlite', change: Partial<Config> = {}): Promise<TestApp> {
  const opened = new AsyncDisposableStack();
  const folder = opened.use(tempFolder());
  const env: Record<string, string> = { KEYWRIGHT_DATA: folder.path, KEYWRIGHT_PORT: '0', KEYWRIGHT_LOG: 'silent' };
  if (kind === 'postgres') env.DATABASE_URL = opened.use(await freshDatabase()).url;
  // A data folder that is given brings its own.
  const isShared = kind === 'postgres' || change.database?.startsWith('postgres');
  if (isShared && change.data === undefined) env.KEYWRIGHT_SECRET = SHARED_SECRET;
  const clock = { at: Date.now() };
  const running = opened.use(await openApp({ ...readConfig({}, env), ...change }, () => clock.at));
  return { ...running, clock, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

export interface TestAccount {
  id: string;
  /** A signed-in member of each role. */
  callers: Record<Role, Caller>;
  /** An active service account. */
  serviceAccount: string;
}

/** An account with a member of each role, who all have `PASSWORD`, and a service account. */
export async function makeAccount(app: App, name: string): Promise<TestAccount> {
  const id = newId('acc', randomBytes);
  const serviceAccount = newId('sva', randomBytes);
  const at = app.now();
  const passwordHash = await hashPassword(PASSWORD);
  const callers = Object.fromEntries(ROLES.map(role => [role, sessionCaller(id, name, role)])) as Record<Role, Caller>; // of each role one
  await app.store.transact(async tx => {
    await insertAccount(tx, { id, name, createdAt: at });
    for (const role of ROLES) {
      const { owner, session } = callers[role];
      const person = session?.person ?? '';
      const email = emailOf(name, role);
      await insertPerson(tx, { id: person, name: owner.name, email, passwordHash, at });
      await insertMember(tx, { id: owner.id, account: id, person, name: owner.name, email, role, createdAt: at });
    }
    await insertSessions(tx, callers, at);
    await insertServiceAccount(tx, {
      id: serviceAccount,
      account: id,
      name: `${name} robot`,
      description: null,
      role: 'member',
      createdAt: at,
    });
  });
  return { id, callers, serviceAccount };
}

/** Signs everybody of the account in again whose session a test has ended: changes ask whether it is still there. */
export async function renewSessions(app: App, { callers }: TestAccount): Promise<void> {
  await app.store.transact(tx => insertSessions(tx, callers, app.now()));
}

/** Sessions as better-auth would make them. */
async function insertSessions(tx: Tx, callers: Record<Role, Caller>, at: number): Promise<void> {
  const [createdAt, expiresAt] = [new Date(at).toISOString(), new Date(at + 86_400_000).toISOString()];
  const rows = Object.values(callers).map(({ session }) => {
    const { id, person: userId } = session ?? { id: '', person: '' };
    return { id, userId, token: id, createdAt, updatedAt: createdAt, expiresAt, ipAddress: null, userAgent: null };
  });
  await tx
    .insertInto('sessions')
    .values(rows)
    .onConflict(conflict => conflict.doNothing())
    .execute();
}

/** How the member of that role signs in. */
export function emailOf(account: string, role: Role): string {
  return `${role}@${account.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')}.example`;
}

function sessionCaller(account: string, name: string, role: Role): Caller {
  return {
    via: 'session',
    account,
    owner: { kind: 'member', id: newId('mem', randomBytes), name: `${name} ${role}`, role },
    permission: 'read_write',
    key: undefined,
    session: { id: newId('ses', randomBytes), person: newId('per', randomBytes) },
  };
}

/** What `run` gets besides the input. */
export function callOf(caller: Caller | undefined, more: Partial<Call> = {}): Call {
  return { caller, address: '127.0.0.1', userAgent: 'test', ...more };
}

/** A new key of the caller, or of whoever the input names. */
export async function makeKey(
  app: App,
  caller: Caller,
  input: InputOf<'createAccessKey'> = {},
): Promise<OutputOf<'createAccessKey'>> {
  return run(app, 'createAccessKey', input, callOf(caller));
}

/** The caller that an access key is, as the server sees it. */
export async function keyCaller(app: App, token: string): Promise<Caller> {
  const credential = parseToken(token);
  const facts = credential && (await app.store.findFacts(credential.key));
  if (facts === undefined) throw new Error('there is no such key');
  const { account, owner, permission } = facts;
  return {
    via: 'access_key',
    account: account.id,
    owner,
    permission,
    key: facts,
    session: undefined,
  };
}
