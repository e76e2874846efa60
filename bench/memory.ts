import { setTimeout } from 'node:timers/promises';

/** Bytes of this process once garbage is gone, and given back. Run with `--expose-gc`. */
export async function settled(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 10; n++) {
    global.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await setTimeout(100);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}
