import { join } from 'node:path';
import { findPersonByEmail, isSetUp } from '@keywright/store';
import { ConfigError, type Flags, readConfig } from '../config.ts';
import { openApp } from '../open-app.ts';
import { runUntilStopped } from '../serve.ts';
import { DEMO_PASSWORD, fillDemo } from './fill-demo.ts';
import { PEOPLE } from './people.ts';

/** `keywright demo`: a server with a believable account for looking around, in a data folder of its own. */
export async function demo(flags: Flags = {}): Promise<void> {
  await runUntilStopped(async () => {
    const clock = { at: 0 };
    const config = readConfig(flags, undefined, 'demo-data');
    // Always the embedded database: an empty one of DATABASE_URL is meant for something else.
    const running = await openApp(
      { ...config, database: join(config.data, 'keywright.db') },
      () => clock.at || Date.now(),
    );
    const { db } = running.app.store;
    if (!(await isSetUp(db))) {
      clock.at = Date.now();
      await fillDemo(running.app, clock);
      clock.at = 0;
    } else if ((await findPersonByEmail(db, PEOPLE[0]?.email ?? '')) === undefined) {
      await running[Symbol.asyncDispose]();
      throw new ConfigError(
        `The data folder ${config.data} holds an account that is not the demo. Choose another with KEYWRIGHT_DATA.`,
      );
    }
    console.log(
      `Keywright's demo listens on ${running.app.origin()}\n\nSign in as one of them, with the password: ${DEMO_PASSWORD}\n`,
    );
    for (const { email, role, state } of PEOPLE) if (state === undefined) console.log(`  ${email.padEnd(34)} ${role}`);
    return running;
  });
}
