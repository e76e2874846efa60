import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import manifest from '../packages/verifier/package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const source = (name: string) => join(root, 'packages', name, 'src');

/**
 * Makes the package that is published from packages/verifier: JavaScript and types, with core folded in, so that it depends on nothing.
 * `node scripts/build-verifier.ts [folder]`; packages/verifier/dist unless told.
 */
const folder = process.argv[2] ?? join(root, 'packages/verifier/dist');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
emit('core');
emit('verifier');
for (const path of globSync('{core,verifier}/**/*.{js,ts}', { cwd: folder })) foldCore(path);
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`);
writeFileSync(
  join(folder, 'README.md'),
  withoutLinksOut(readFileSync(join(root, 'packages/verifier/README.md'), 'utf8')),
);
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));

/** The sources of a package without its tests. */
function emit(name: 'core' | 'verifier'): void {
  const config = join(folder, 'tsconfig.json');
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: source(name),
      outDir: join(folder, name),
      noEmit: false,
      noUnusedLocals: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      // As the published package finds it.
      paths: { '@keywright/core': [join(folder, 'core/index.d.ts')] },
    },
    include: [join(source(name), '**/*.ts')],
    exclude: [join(source(name), '**/*.test.ts')],
  };
  writeFileSync(config, JSON.stringify(options));
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  } finally {
    rmSync(config);
  }
}

/** Core is no package of its own there. */
function foldCore(path: string): void {
  const file = join(folder, path);
  const core = relative(dirname(file), join(folder, 'core/index.js')).replaceAll('\\', '/');
  const text = readFileSync(file, 'utf8').replaceAll(/(['"])@keywright\/core\1/g, `'${core}'`);
  // Types name the sources still.
  writeFileSync(file, path.endsWith('.d.ts') ? text.replaceAll(/(['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2') : text);
}

/** What lies beside the package in the repository is not there for whoever reads the page of the registry: only its name is left. */
function withoutLinksOut(text: string): string {
  return text.replaceAll(/\[([^\]]+)\]\(\.\.\/[^)]*\)/g, '$1');
}

function published() {
  const { private: _private, dependencies: _folded, devDependencies: _tested, exports, ...more } = manifest;
  return {
    ...more,
    description: 'Verifies Keywright access keys in the process of your API: microseconds, and dead keys dead at once.',
    engines: { node: '>=24' },
    exports: Object.fromEntries(
      Object.entries(exports).map(([name, path]) => {
        const built = path.replace('./src/', './verifier/').replace(/\.ts$/, '');
        return [name, { types: `${built}.d.ts`, default: `${built}.js` }];
      }),
    ),
    files: ['core', 'verifier'],
    sideEffects: false,
  };
}
