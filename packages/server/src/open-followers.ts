import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { limits, newId } from '@keywright/core';
import { allVerifiers, deleteVerifier, hasVerifier, type Store, saveVerifier } from '@keywright/store';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { Bus } from './bus.ts';
import { Followers, type Memory } from './followers.ts';
import type { Lease } from './lease.ts';
import { secretMarkOf } from './one-secret.ts';
import { Registry } from './registry.ts';

interface Parts {
  store: Store;
  bus: Bus;
  lease: Lease;
  log: Logger;
  /** Of the data folder, or of all nodes. */
  secret: string;
  clock: () => number;
  /** How many keys this process holds facts of. */
  entries: () => number;
}

/** Who follows the changes, this process among them. */
export function openFollowers({ store, bus, lease, log, secret, clock, entries }: Parts): Followers {
  const { version } = packageJson;
  const node = { id: newId('nod', randomBytes), name: `${hostname()}:${process.pid}`, version, staleMaxMs: lease.ms };
  const registry = store.words && new Registry(store, store.words, lease, log, secretMarkOf(secret));
  const followers = new Followers(bus, memoryIn(store), node, clock, registry);
  followers.tellOf({ ageMs: () => lease.ageMs, entries });
  return followers;
}

function memoryIn({ db, transact }: Store): Memory {
  return {
    all: account => allVerifiers(db, account),
    has: id => hasVerifier(db, id),
    save: one => transact(tx => saveVerifier(tx, one, limits.followersPerAccountMax)),
    forget: one => transact(tx => deleteVerifier(tx, one)),
  };
}
