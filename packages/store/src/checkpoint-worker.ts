import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Moves what stands in the write-ahead log of the SQLite file (`workerData`) into the file, soon after each message, waiting for nobody. */
const SOON_MS = 200;

const db = new DatabaseSync(workerData);
let isDue = false;
parentPort?.on('message', () => {
  if (!isDue) setTimeout(checkpoint, SOON_MS);
  isDue = true;
});

function checkpoint(): void {
  isDue = false;
  try {
    db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // A disk that is full or broken: the log grows, until whoever writes to it is told.
  }
}
