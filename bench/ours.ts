import { openApp, readConfig } from '@keywright/server';
import { settled } from './memory.ts';

/** Keywright as it is, for the bench: `node bench/ours.ts` with KEYWRIGHT_DATA and KEYWRIGHT_PORT set. */
const running = await openApp(readConfig());
process.on('SIGTERM', async () => {
  await running[Symbol.asyncDispose]();
});
process.on('SIGUSR2', () => void settled());
console.log('ready');
