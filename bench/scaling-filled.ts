import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NO_USE_LIMITS, newKeyId, newSecret } from '@keywright/core';
import { type App, openApp, type RunningApp, readConfig } from '@keywright/server';
import { appendEvents, insertAccessKeys, lockChanges, type NewEvent, type NewKey } from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { Client } from 'pg';
import { SHARED_SECRET, type TestAccount } from '../test/support/app.ts';

const ROWS_AT_ONCE = 500;
const USES_AT_ONCE = 5000;

/** Keywright on that database, or on the embedded one of the folder. */
export function openNode(data: string, database: string | undefined): Promise<RunningApp> {
  const env: NodeJS.ProcessEnv = { KEYWRIGHT_DATA: data, KEYWRIGHT_PORT: '0', KEYWRIGHT_LOG: 'silent' };
  if (database !== undefined) Object.assign(env, { DATABASE_URL: database, KEYWRIGHT_SECRET: SHARED_SECRET });
  return openApp(readConfig({}, env));
}

/** What the database takes on disk, with its indexes. */
export async function bytesOf(app: App, database: string | undefined): Promise<number> {
  if (database === undefined) {
    using file = new DatabaseSync(join(app.config.data, 'keywright.db'), { readOnly: true });
    const { pages } = file.prepare('select page_count as pages from pragma_page_count').get() as { pages: number }; // a count
    const { bytes } = file.prepare('select page_size as bytes from pragma_page_size').get() as { bytes: number }; // the same
    return pages * bytes;
  }
  const client = new Client(database);
  await client.connect();
  try {
    const { rows } = await client.query('select pg_database_size(current_database()) as bytes');
    return Number(rows[0].bytes);
  } finally {
    await client.end();
  }
}

/** Plain keys of the members of the account. */
export async function fillAccount(app: App, { id, callers }: TestAccount, count: number): Promise<string[]> {
  const owners = Object.values(callers).map(({ owner }) => owner.id);
  const creator = { kind: 'member', id: callers.owner.owner.id, name: null };
  const plain = { description: null, expiresAt: null, notBefore: null, project: null, enabled: true, legacy: false };
  const keys: string[] = [];
  await inParts(count, numbers => {
    const rows = numbers.map((n): NewKey => {
      const key = newKeyId(randomBytes);
      keys.push(key);
      const owned = { account: id, owner: owners[n % owners.length] ?? '', creator, createdAt: app.now() };
      const named = { name: `Key ${n}`, networks: [], tags: [], permission: 'read_write' as const, grants: {} };
      return { ...plain, ...NO_USE_LIMITS, ...owned, ...named, key, digest: digestOf(newSecret(key, randomBytes)) };
    });
    return app.store.transact(tx => insertAccessKeys(tx, rows));
  });
  return keys;
}

/** One event for each key. */
export async function fillEvents(app: App, { id, callers }: TestAccount, keys: readonly string[]): Promise<void> {
  const { owner } = callers.owner;
  await inParts(keys.length, numbers =>
    app.store.transact(async tx => {
      await lockChanges(tx, app.store);
      const events = numbers.map(
        (n): NewEvent => ({
          account: id,
          at: app.now(),
          action: 'deactivateAccessKey',
          actor: { kind: 'member', id: owner.id, name: owner.name },
          owner: owner.id,
          target: { kind: 'access_key', id: keys[n] ?? '', name: `Key ${n}` },
          details: {},
          address: '192.0.2.1',
        }),
      );
      await appendEvents(tx, events);
    }),
  );
}

/** Each key is used once, as nodes write it down. */
export async function useKeys(app: App, keys: readonly string[]): Promise<void> {
  const use = { at: app.now(), address: '192.0.2.1', agent: 'curl/8', api: null, count: 1 };
  const sorted = keys.toSorted();
  for (let from = 0; from < sorted.length; from += USES_AT_ONCE)
    await app.store.uses.writeUses(sorted.slice(from, from + USES_AT_ONCE).map(key => ({ key, ...use })));
}

/** Hands over the numbers from 0 on in parts that fit into one statement. */
async function inParts(count: number, work: (numbers: number[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += ROWS_AT_ONCE)
    await work(Array.from({ length: Math.min(ROWS_AT_ONCE, count - from) }, (_, n) => from + n));
}
