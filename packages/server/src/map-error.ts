import { KeywrightError } from '@keywright/core';

/** Two changes met: a name, an e-mail address, a reference that was free when we looked. Sources: SQLite result codes, PostgreSQL appendix A. */
const CONFLICTS = new Set(['23505', '23503', '40001']);
const SQLITE_CONSTRAINT = 19;
/** Busy, read-only, an error of the disk, a full disk. */
const SQLITE_UNAVAILABLE = new Set([5, 8, 10, 13]);
/** What `pg` says of a connection without giving a code. */
const BROKEN_CONNECTION =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|connection error and is not queryable|Client was closed/;
const UNREACHABLE = /^(08|53|57|55P03|40P01|25006|25P03|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)/;

/** Turns anything thrown into an error of our table; what is not ours never shows its own words. */
export function toKeywrightError(error: unknown): KeywrightError {
  if (error instanceof KeywrightError) return error;
  return new KeywrightError(codeOf(error), undefined, [], { cause: error });
}

function codeOf(error: unknown): 'conflict' | 'unavailable' | 'internal' {
  const { code, errcode, message } = (error ?? {}) as { code?: unknown; errcode?: unknown; message?: unknown };
  // SQLite's extended codes hold the primary one in the low byte.
  const primary = typeof errcode === 'number' ? errcode & 0xff : undefined;
  if (primary === SQLITE_CONSTRAINT || CONFLICTS.has(String(code))) return 'conflict';
  if (SQLITE_UNAVAILABLE.has(primary ?? 0) || UNREACHABLE.test(String(code))) return 'unavailable';
  return BROKEN_CONNECTION.test(String(message)) ? 'unavailable' : 'internal';
}
