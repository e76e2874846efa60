#!/usr/bin/env node
// Written in the syntax of Node 12, so that an old Node can read it and say what is missing.
const version = process.versions.node;

if (Number(version.split('.')[0]) < 24) {
  console.error(
    `Keywright needs Node 24 or newer; this is Node ${version}. Run it with npm (npm start), which brings its own Node.`,
  );
  process.exitCode = 1;
} else {
  import('node:module').then(module => {
    // Beside the packages, not in the shared folder for temporary files, where another user could plant compiled code.
    const folder = `${import.meta.dirname}/../../../node_modules/.cache/keywright`;
    if (module.enableCompileCache) module.enableCompileCache(folder);
    return import('../src/main.ts');
  });
}
