import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { forgetMoved } from './moved.ts';

/**
 * How a data folder changes from old to new as one: what is restored is made ready in a folder within it, which gets its final name by
 * one `rename`. From then on the new holds, and whoever next takes hold of the data folder moves it into its place, as often as it takes.
 */
const READY = 'restored';
const DRAFT = 'restoring';
/** In the order in which they come into their place. The log of the old database must go before the new one comes. */
const LEFTOVERS = ['keywright.db-wal', 'keywright.db-shm', 'keywright.db-journal'];
const FILES = ['keywright.db', 'secret'];

/** Where to make it ready. */
export function makeDraft(data: string): string {
  const draft = join(data, DRAFT);
  mkdirSync(draft, { mode: 0o700 });
  return draft;
}

/** From here on the new holds. Everything in the draft is on disk. */
export function holdRestored(data: string): void {
  const draft = join(data, DRAFT);
  syncFolder(draft);
  renameSync(draft, join(data, READY));
  syncFolder(data);
  finishRestore(data);
}

/** Whether the new holds and is not in its place yet. */
export function isRestored(data: string): boolean {
  return existsSync(join(data, READY));
}

/** Brings a restore to its end that holds already: the one that has just been made ready, or that of a process that was killed. */
export function finishRestore(data: string): void {
  dropDraft(data);
  if (!isRestored(data)) return;
  const ready = join(data, READY);
  for (const name of LEFTOVERS) rmSync(join(data, name), { force: true });
  for (const name of FILES) if (existsSync(join(ready, name))) renameSync(join(ready, name), join(data, name));
  forgetMoved(data);
  syncFolder(data);
  rmdirSync(ready);
}

/** What did not come so far. */
export function dropDraft(data: string): void {
  rmSync(join(data, DRAFT), { recursive: true, force: true });
}

/** Names are on disk only when their folder is. */
export function syncFolder(path: string): void {
  // Windows has no such call.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
