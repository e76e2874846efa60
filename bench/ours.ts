import { openApp, readConfig } from '@keywright/server';

/** Keywright as it is, for the bench: `node bench/ours.ts` with KEYWRIGHT_DATA and KEYWRIGHT_PORT set. */
const running = await openApp(readConfig());
process.on('SIGTERM', async () => {
  await running[Symbol.asyncDispose]();
});
console.log('ready');
