import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const built = join(root, 'packages/console/dist/index.html');

/** Builds the console unless what is built is newer than everything that it is made of. */
if (isOutdated()) {
  console.log('Building the console …');
  // Only now: loading it takes longer than finding that there is nothing to do.
  const { build } = await import('vite');
  await build({ root: join(root, 'packages/console'), logLevel: 'warn' });
}

function isOutdated(): boolean {
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = globSync(['packages/{console,contract,core}/src/**/*', 'packages/console/*.*', 'package-lock.json'], {
    cwd: root,
  });
  return sources.some(source => statSync(join(root, source)).mtimeMs > builtAt);
}
