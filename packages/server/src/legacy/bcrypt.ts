import { Worker } from 'node:worker_threads';

/**
 * Whether the hash of bcrypt is that of the secret. In a thread of its own: bcryptjs computes where it is called, and whoever knows
 * an id can ask for it, so verifying would stand still meanwhile.
 */
export function provesBcrypt(secret: string, hash: string): Promise<boolean> {
  const worker = new Worker(new URL('./bcrypt-worker.ts', import.meta.url), { workerData: { secret, hash }, env: {} });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread ended without an answer')));
  });
}
