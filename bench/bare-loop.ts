import { hash, timingSafeEqual } from 'node:crypto';
import type { KeyId } from '@keywright/core';
import { credentials } from './in-process-keys.ts';

/** What every verifier has to do at least, if it keeps nothing but digests, for keys in the given order. */
export function bareLoop(size: number): (order: Uint32Array) => void {
  const all = credentials(size).map(({ key, secret }) => ({ key, secret: secret.reveal() }));
  const digests = new Map(all.map(({ key, secret }) => [key, hash('sha256', secret, 'buffer')]));
  return order => {
    for (const n of order) {
      const { key, secret } = all[n] as { key: KeyId; secret: string }; // n lies below the size
      const known = digests.get(key);
      if (known === undefined || !timingSafeEqual(hash('sha256', secret, 'buffer'), known)) throw new Error('refused');
    }
  };
}

/** Nanoseconds of the processor for each of so many, of all threads: collecting garbage counts. */
export function cpuOf(work: () => void, count: number): number {
  const before = process.cpuUsage();
  work();
  return cpuSince(before) / count;
}

/** In nanoseconds. */
export function cpuSince(before: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(before);
  return (used.user + used.system) * 1000;
}
