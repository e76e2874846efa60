import { isSetUp } from '@keywright/store';
import { ConfigError, type Flags, readConfig } from './config.ts';
import { OPEN_ACCESS_WARNING } from './open-access.ts';
import { openApp, type RunningApp } from './open-app.ts';

/** `keywright serve`: starts, prints one link or where it listens, and runs until Ctrl-C or SIGTERM. */
export async function serve(flags: Flags = {}): Promise<void> {
  await runUntilStopped(async () => {
    const running = await openApp(readConfig(flags));
    await announce(running);
    return running;
  });
}

/** Opens and runs until a signal; what a person can mend is one sentence and exit code 1, or 2 where they called it wrongly. */
export async function runUntilStopped(open: () => Promise<RunningApp>): Promise<void> {
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

async function announce({ app }: RunningApp): Promise<void> {
  const origin = app.origin();
  if (/\/\/(0\.0\.0\.0|\[::\]):/.test(origin)) {
    console.log(
      'Set KEYWRIGHT_URL to the address at which people reach this server: links with this one open nowhere else.',
    );
  }
  if (app.config.openAccess) console.log(`\n${OPEN_ACCESS_WARNING}\n`);
  if (await isSetUp(app.store.db)) {
    console.log(`Keywright listens on ${origin}`);
    return;
  }
  const token = app.setupToken.issue(app.random).reveal();
  console.log(
    `Keywright listens on ${origin}\n\nOpen this link to set it up (it works once):\n\n  ${origin}/setup#token=${token}\n`,
  );
}

/** Drains requests, flushes recorded uses, closes the database. A second signal does not wait. */
function stopOnSignal(running: RunningApp): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    console.log(`\n${signal}: finishing requests …`);
    try {
      await running[Symbol.asyncDispose]();
      console.log('Keywright has stopped. Nothing was lost.');
    } catch (error) {
      console.error(`Keywright has stopped, but the last uses of keys were not written: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
