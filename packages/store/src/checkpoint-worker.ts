import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** At each message it moves what stands in the write-ahead log of the SQLite file (`workerData`) into the file, waiting for nobody. */
const db = new DatabaseSync(workerData);
parentPort?.on('message', () => {
  try {
    db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // A disk that is full or broken: the log grows, until whoever writes to it is told.
  }
});
