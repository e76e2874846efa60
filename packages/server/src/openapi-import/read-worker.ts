import { parentPort, workerData } from 'node:worker_threads';
import { KeywrightError } from '@keywright/core';
import { readDocument } from './read-document.ts';
import type { Outcome } from './read-in-worker.ts';

/** The thread in which one document is read. */
function outcome(): Outcome {
  try {
    return { document: readDocument(workerData) };
  } catch (error) {
    if (!(error instanceof KeywrightError)) throw error;
    return { problems: [...error.problems], detail: error.message };
  }
}

parentPort?.postMessage(outcome());
