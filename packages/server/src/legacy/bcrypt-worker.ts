import { parentPort, workerData } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** The thread in which one secret is compared with one hash. */
parentPort?.postMessage(compareSync(workerData.secret, workerData.hash));
