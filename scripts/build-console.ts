import { existsSync, globSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'packages/console/dist');
/** Written when a build has ended well, with the time when it began: one that failed or was cut off leaves files, too. */
const built = join(dist, '.built');
const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;

/** Builds the console unless what is built is newer than everything that it is made of. */
if (isOutdated()) {
  console.log('Building the console …');
  const began = new Date();
  removeOld();
  rmSync(built, { force: true });
  // Only now: loading it takes longer than finding that there is nothing to do.
  const { build } = await import('vite');
  // A server that runs meanwhile goes on serving its page, whose assets must stay. Their names hold a hash of the content.
  await build({ root: join(root, 'packages/console'), logLevel: 'warn', build: { emptyOutDir: false } });
  writeFileSync(built, '');
  utimesSync(built, began, began);
}

function isOutdated(): boolean {
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = globSync(['packages/{console,contract,core}/src/**/*', 'packages/console/*.*', 'package-lock.json'], {
    cwd: root,
  });
  return sources.some(source => statSync(join(root, source)).mtimeMs > builtAt);
}

/** Counted back from the last build, so that the assets of that one stay, however long ago it was. */
function removeOld(): void {
  if (!existsSync(built)) return;
  const since = statSync(built).mtimeMs - KEPT_DAYS * DAY_MS;
  for (const asset of globSync(join(dist, 'assets/*'))) if (statSync(asset).mtimeMs < since) rmSync(asset);
}
