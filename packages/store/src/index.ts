export * from './access-keys.ts';
export * from './accounts.ts';
export { analyze } from './analyze.ts';
export { findApis, findEndpoints } from './api-facts.ts';
export * from './apis.ts';
export { BackupError, type BackupNote, copySqlite, surveySqlite, unpackSqlite } from './backup.ts';
export { checkDatabase, type Looked } from './check.ts';
export { type Db, type Dialect, openStore, type Store, type Told, type Tx } from './database.ts';
export * from './endpoints.ts';
export * from './events.ts';
export { type GrantedKey, keysGranted, updateGrants } from './granted-apis.ts';
export * from './idempotency.ts';
export * from './key-notices.ts';
export * from './key-policy.ts';
export * from './key-policy-touched.ts';
export * from './legacy-keys.ts';
export * from './members.ts';
export type { Compared } from './move/compare.ts';
export { type Moved, moveToPostgres } from './move/move.ts';
export { MoveError } from './move/move-error.ts';
export {
  deleteNode,
  deleteSilent,
  type Heard,
  type MarkedNode,
  nodesOfOtherSecret,
  type Said,
  type StoredNode,
  saveNode,
  type Word,
  type Words,
} from './nodes.ts';
export * from './owners.ts';
export type { Page } from './page.ts';
export * from './people.ts';
export * from './projects.ts';
export * from './quota-counters.ts';
export * from './reached-accounts.ts';
export * from './reservations.ts';
export * from './service-accounts.ts';
export * from './sessions.ts';
export { openSqlite } from './sqlite.ts';
export {
  type CountedUse,
  deleteUseBatches,
  keysUnusedSince,
  lastUseBatch,
  listUseBatches,
  type Reported,
  type Use,
  usedDaysOf,
} from './uses.ts';
export {
  allVerifiers,
  deleteVerifier,
  hasVerifier,
  type StoredVerifier,
  saveVerifier,
} from './verifiers.ts';
