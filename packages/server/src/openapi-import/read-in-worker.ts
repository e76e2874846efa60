import { Worker } from 'node:worker_threads';
import { type FieldProblem, invalid, KeywrightError, limits } from '@keywright/core';
import type { ApiDocument, Source } from './read-document.ts';

/** What the thread answers. */
export type Outcome = { document: ApiDocument } | { problems: FieldProblem[]; detail: string };

const WATCH_MS = 50;
const TOO_SLOW = `takes more than ${limits.openapiReadMs} ms of a processor to read: give it as JSON, which is read far quicker than YAML, or leave out what is no path`;

let reading = 0;

/** Reads a document in a thread of its own, with bounds on time and memory: meanwhile the server goes on answering. */
export async function readInWorker(source: Source): Promise<ApiDocument> {
  if (reading >= limits.openapiReadersMax)
    throw new KeywrightError('too_many_attempts', 'Other documents are being read just now. Wait, then try again.');
  reading++;
  try {
    const outcome = await answerOf(source);
    if ('document' in outcome) return outcome.document;
    throw new KeywrightError('invalid_value', outcome.detail, outcome.problems);
  } finally {
    reading--;
  }
}

function answerOf(source: Source): Promise<Outcome> {
  const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
    workerData: source,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: limits.openapiReadMemoryMb },
  });
  let watch: NodeJS.Timeout | undefined;
  return new Promise<Outcome>((resolve, reject) => {
    const begun = performance.now();
    watch = setInterval(async () => {
      if ((await cpuMs(worker)) > limits.openapiReadMs) reject(invalid('document', 'time', TOO_SLOW));
      if (performance.now() - begun > limits.openapiWaitMs)
        reject(
          new KeywrightError('too_many_attempts', 'The server is too busy to read the document. Wait, then try again.'),
        );
    }, WATCH_MS);
    worker.once('message', resolve);
    worker.once('error', error => reject(errorOf(error)));
    worker.once('exit', () => reject(new Error('the thread ended without an answer')));
  }).finally(() => {
    clearInterval(watch);
    return worker.terminate();
  });
}

/** Its own time on a processor: that a machine is busy is no fault of the document. */
async function cpuMs(worker: Worker): Promise<number> {
  // It fails only for a thread that has just ended, which answers by its own events.
  const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
  return (user + system) / 1000;
}

function errorOf(error: unknown): unknown {
  const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory ? invalid('document', 'size', 'takes too much memory to read: leave out what is no path') : error;
}
