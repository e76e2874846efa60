import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { Disk } from './disk.ts';
import type { Fault } from './rounds.ts';

/** Longer than a node may decide by what it knew. */
const LONG_MS = 3500;
/** And than a question then waits that was asked when its lease was about to end. */
const HALF_OPEN_MS = 6500;
const SHORT_MS = 600;
const HOUR_S = 3600;

const lineFault = (name: string, strike: (world: Cluster) => void, ms: number): Fault<Cluster> => ({
  name,
  ms,
  cutsOff: ({ isOnLine = false }) => isOnLine,
  strike: async world => {
    strike(world);
    return async () => world.proxy.release();
  },
});

/** Of four nodes on PostgreSQL and Redis. */
export const CLUSTER_FAULTS: readonly Fault<Cluster>[] = [
  {
    name: 'kill -9 of a node',
    ms: SHORT_MS,
    strike: async world => {
      await world.killNode(1);
      return () => world.startNode(1);
    },
  },
  {
    name: 'pg_ctl stop -m immediate, and start',
    ms: SHORT_MS,
    strike: async world => {
      await world.postgres.quit();
      return () => world.postgres.restart();
    },
  },
  {
    name: 'PostgreSQL away for longer than nodes may go on',
    ms: LONG_MS,
    cutsOff: () => true,
    strike: async world => {
      await world.postgres.quit();
      return () => world.postgres.restart();
    },
  },
  {
    name: 'kill -9 of Redis',
    ms: SHORT_MS,
    degrades: true,
    strike: async world => {
      await world.redis.kill();
      return () => world.redis.restart();
    },
  },
  lineFault('the line of a node to PostgreSQL is cut', world => world.proxy.refuse(), LONG_MS),
  lineFault('the line is half open: nothing comes through', world => world.proxy.hold(), HALF_OPEN_MS),
  lineFault('nothing reaches PostgreSQL', world => world.proxy.hold(undefined, 'toServer'), HALF_OPEN_MS),
  lineFault('no answer of PostgreSQL comes', world => world.proxy.hold(undefined, 'toClient'), HALF_OPEN_MS),
  {
    name: 'a node stands still (SIGSTOP) for longer than its lease',
    ms: LONG_MS,
    strike: async world => {
      world.signalNode(1, 'SIGSTOP');
      return async () => world.signalNode(1, 'SIGCONT');
    },
  },
  ...[HOUR_S, -HOUR_S].map(
    (seconds): Fault<Cluster> => ({
      name: `the clock of a node is an hour ${seconds > 0 ? 'ahead' : 'behind'}`,
      ms: SHORT_MS,
      strike: async world => {
        world.setClock(seconds);
        await pause(SHORT_MS);
        return async () => world.setClock(0);
      },
    }),
  ),
];

/** Of one node on SQLite. */
export const DISK_FAULTS: readonly Fault<Disk>[] = [
  {
    name: 'the disk under SQLite is full',
    ms: SHORT_MS,
    strike: async disk => {
      disk.fill();
      return async () => disk.empty();
    },
  },
  {
    name: 'fsync says EIO',
    ms: SHORT_MS,
    strike: async disk => {
      const tracing = await disk.failSyncs();
      return () => tracing.end();
    },
  },
];
