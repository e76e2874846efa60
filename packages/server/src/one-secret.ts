import { hkdfSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@keywright/core';
import { type MarkedNode, nodesOfOtherSecret, type Store } from '@keywright/store';
import { ConfigError } from './config.ts';

/** Whoever lives says a word each second. */
const WORD_MS_MAX = 3 * limits.heartbeatMs;

/** What a node leaves of its secret in the database: others see by it whether theirs is another, and nobody can tell the secret by it. */
export function secretMarkOf(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'keywright nodes', 16)).toString('base64url');
}

/**
 * Registers a node of that mark. Throws ConfigError where a node that lives, or has just started as well, has left the mark of another
 * secret: each would sign out the people of the other. One that has died without a word is waited for once, for three seconds.
 */
export async function registerWithOneSecret(store: Store, mark: string, register: () => Promise<void>): Promise<void> {
  const before = await nodesOfOtherSecret(store.db, mark);
  if (before.length > 0) {
    await pause(WORD_MS_MAX);
    await demandNoWord(store, mark, before);
  }
  await register();
  await demandNoWord(store, mark, before);
}

async function demandNoWord(store: Store, mark: string, before: readonly MarkedNode[]): Promise<void> {
  const words = new Map(before.map(({ id, beat }) => [id, beat]));
  const alive = (await nodesOfOtherSecret(store.db, mark)).find(({ id, beat }) => words.get(id) !== beat);
  if (alive === undefined) return;
  throw new ConfigError(
    `The node ${alive.name ?? alive.id} on the same database has another secret: give all nodes of a database the same KEYWRIGHT_SECRET, or a copy of the file "secret" of one data folder.`,
  );
}
