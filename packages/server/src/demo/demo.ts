import { hasAccount } from '@keywright/store';
import { type Flags, readConfig } from '../config.ts';
import { openApp } from '../open-app.ts';
import { runUntilStopped } from '../serve.ts';
import { DEMO_PASSWORD, fillDemo } from './fill-demo.ts';
import { PEOPLE } from './people.ts';

/** `keywright demo`: a server with a believable account for looking around, in a data folder of its own. */
export async function demo(flags: Flags = {}): Promise<void> {
  await runUntilStopped(async () => {
    const clock = { at: 0 };
    const config = readConfig(flags, undefined, 'demo-data');
    const running = await openApp(config, () => clock.at || Date.now());
    if (!(await hasAccount(running.app.store.db))) {
      clock.at = Date.now();
      await fillDemo(running.app, clock);
      clock.at = 0;
    }
    console.log(
      `Keywright's demo listens on ${running.app.origin()}\n\nSign in as one of them, with the password: ${DEMO_PASSWORD}\n`,
    );
    for (const { email, role, state } of PEOPLE) if (state === undefined) console.log(`  ${email.padEnd(34)} ${role}`);
    return running;
  });
}
