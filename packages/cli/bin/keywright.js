#!/usr/bin/env node
// What is imported here is read by an old Node, too; all else waits until this one is known to be new enough.
import { isNodeNewEnough } from './node-version.js';

if (isNodeNewEnough()) {
  import('node:module').then(module => {
    // Beside the packages, not in the shared folder for temporary files, where another user could plant compiled code.
    const folder = `${import.meta.dirname}/../../../node_modules/.cache/keywright`;
    if (module.enableCompileCache) module.enableCompileCache(folder);
    return import('../src/main.ts');
  });
}
