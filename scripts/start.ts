/** `npm start` and `npm run demo`: builds the console if needed, then runs the command in this same process, so that signals reach it. */
await import('./build-console.ts');
await import(import.meta.resolve('../packages/cli/bin/keywright.js'));
