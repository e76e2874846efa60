/**
 * `npm start` and `npm run demo`: builds the console if needed, then runs the command in this same process, so that signals reach it.
 * For that, too, package.json says `exec`: many a shell that stays between npm and this process does not pass SIGTERM on.
 */
import { keepCompiledCode } from '../packages/cli/bin/compile-cache.js';
import { isNodeNewEnough } from '../packages/cli/bin/node-version.js';

if (isNodeNewEnough())
  keepCompiledCode()
    .then(() => import('./build-console.ts'))
    .then(() => import('../packages/cli/bin/keywright.js'));
