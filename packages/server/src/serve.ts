import cluster from 'node:cluster';
import { isSetUp } from '@keywright/store';
import { announce } from './announce.ts';
import type { App } from './app.ts';
import { ConfigError, type Flags, readConfig } from './config.ts';
import { openApp } from './open-app.ts';
import { sharedSetupToken } from './setup-token.ts';
import { openWorkers, work } from './workers.ts';

/** `keywright serve`: starts, prints one link or where it listens, and runs until Ctrl-C or SIGTERM. */
export async function serve(flags: Flags = {}): Promise<void> {
  if (cluster.isWorker) return work(flags);
  await runUntilStopped(async () => {
    const config = readConfig(flags);
    if (config.workers > 1) return openWorkers(config);
    const running = await openApp(config);
    announce(running.app.origin(), config.openAccess, await tokenFor(running.app));
    return running;
  });
}

/** Opens and runs until a signal; what a person can mend is one sentence and exit code 1, or 2 where they called it wrongly. */
export async function runUntilStopped(open: () => Promise<AsyncDisposable>): Promise<void> {
  // Whatever is written, the database above all, is for the eyes of this user only.
  process.umask(0o077);
  try {
    stopOnSignal(await open());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

/** The token for the link of the first start; none for a server that is set up. */
async function tokenFor({ store, setupToken, random, config }: App): Promise<string | undefined> {
  if (await isSetUp(store.db)) return undefined;
  if (config.secret === undefined) return setupToken.issue(random).reveal();
  const shared = sharedSetupToken(config.secret);
  setupToken.use(shared);
  return shared;
}

/** A Ctrl-C that comes so soon after another is the same one: the terminal sends it to this process and to npm, which passes it on. */
const SAME_SIGNAL_MS = 1000;

/** Drains requests, flushes recorded uses, closes the database. A second signal does not wait. */
function stopOnSignal(running: AsyncDisposable): void {
  let stoppingSince: number | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      if (signal === 'SIGINT' && performance.now() - stoppingSince < SAME_SIGNAL_MS) return;
      process.exit(1);
    }
    stoppingSince = performance.now();
    console.log(`\n${signal}: finishing requests …`);
    try {
      await running[Symbol.asyncDispose]();
      console.log('Keywright has stopped. Nothing was lost.');
    } catch (error) {
      console.error(`Keywright has stopped, but the last uses of keys were not written: ${(error as Error).message}`);
      process.exitCode = 1;
    }
    // Once that is written. A collector of traces that does not answer, for example, would keep the process for some seconds more.
    process.stdout.write('', () => process.exit());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
