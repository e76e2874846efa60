import type { RandomBytes } from '@keywright/core';
import type { Store } from '@keywright/store';
import type { Verifier } from '@keywright/verifier';
import type { Logger } from 'pino';
import type { Attempts } from './attempts.ts';
import type { Bus } from './bus.ts';
import type { Config } from './config.ts';
import type { Feed } from './feed.ts';
import type { Followers } from './followers.ts';
import type { UseRecorder } from './jobs/record-uses.ts';
import type { Limiter } from './limits/limiter.ts';
import type { Counted } from './metrics/counted.ts';
import type { SetupToken } from './setup-token.ts';
import type { SignIn } from './sign-in.ts';
import type { SnapshotKey } from './snapshot-key.ts';
import type { Traces } from './traces/traces.ts';

/** Everything with a lifetime, made once by `open-app.ts` and handed down. */
export interface App {
  config: Config;
  version: string;
  /** Where people open the console. */
  origin: () => string;
  store: Store;
  verifier: Verifier;
  feed: Feed;
  followers: Followers;
  bus: Bus;
  counted: Counted;
  /** Undefined unless they are wanted. */
  traces: Traces | undefined;
  snapshotKey: SnapshotKey;
  uses: UseRecorder;
  limiter: Limiter;
  signIn: SignIn;
  setupToken: SetupToken;
  attempts: Attempts;
  /** It is about to stop: whoever chooses between nodes shall take another one. */
  isStopping: boolean;
  log: Logger;
  now: () => number;
  random: RandomBytes;
}
