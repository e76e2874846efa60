import { hasAccount } from '@keywright/store';
import { ConfigError, type Flags, readConfig } from './config.ts';
import { openApp, type RunningApp } from './open-app.ts';

/** `keywright serve`: starts, prints one link or where it listens, and runs until Ctrl-C or SIGTERM. */
export async function serve(flags: Flags = {}): Promise<void> {
  await runUntilStopped(async () => {
    const running = await openApp(readConfig(flags));
    await announce(running);
    return running;
  });
}

/** Opens and runs until a signal; what a person can mend is one sentence and exit code 1. */
export async function runUntilStopped(open: () => Promise<RunningApp>): Promise<void> {
  try {
    stopOnSignal(await open());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function announce({ app }: RunningApp): Promise<void> {
  const origin = app.origin();
  if (await hasAccount(app.store.db)) {
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
    await running[Symbol.asyncDispose]();
    console.log('Keywright has stopped. Nothing was lost.');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
