import { findOrInstall } from '../test/support/debian.ts';
import { type Listening, startListening } from '../test/support/listening.ts';
import { LOAD_CORE } from './load.ts';

const REDIS = { title: 'Redis', programs: ['redis-server'], folders: [], packages: ['redis-server'] };

/** A Redis that keeps nothing on disk. It lies on the core of the load, so that the peer has all of its own core. */
export async function startRedis(): Promise<Listening> {
  const path = await findOrInstall(REDIS);
  return startListening({
    command: 'taskset',
    args: ['-c', String(LOAD_CORE), path, 'redis.conf'],
    files: port => ({ 'redis.conf': `port ${port}\nbind 127.0.0.1\nsave ""\nappendonly no\n` }),
  });
}
