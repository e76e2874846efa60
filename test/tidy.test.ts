import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { describe, test } from 'node:test';
import { parsedSources, read, repositoryFiles, type SourceFile } from './support/source-tree.ts';

/** How the repository is kept, held by tests: the walls between packages, sizes, dead files, secrets of machines. */
const files = repositoryFiles();
const sources = parsedSources();
const manifests = files.filter(path => posix.basename(path) === 'package.json');

const isTest = (path: string) => /\.test\.tsx?$/.test(path) || path.startsWith('test/');
const packageOf = (path: string) => path.match(/^packages\/([\w-]+)\//)?.[1];
const product = sources.filter(source => packageOf(source.path) !== undefined && !isTest(source.path));

interface Arrows {
  /** Packages of ours that it may import. */
  ours: string[];
  /** Those of which only types, and the rest by `import()` when it is needed. */
  lazily?: string[];
  npm: string[] | 'declared';
  /** Those of which only types, declared as optional peers: who imports that entry has them anyway. */
  types?: string[];
  node: boolean;
}

const ARROWS: Record<string, Arrows> = {
  core: { ours: [], npm: [], node: false },
  contract: { ours: ['core'], npm: ['zod'], node: false },
  verifier: { ours: ['core'], npm: [], types: ['fastify', 'hono'], node: true },
  store: { ours: ['core'], npm: ['kysely', 'pg', 'pg-copy-streams'], node: true },
  server: { ours: ['core', 'contract', 'verifier', 'store'], npm: 'declared', node: true },
  cli: { ours: ['core', 'contract'], lazily: ['server'], npm: 'declared', node: true },
  console: { ours: ['core', 'contract'], npm: 'declared', node: false },
};

describe('arrows between packages', () => {
  test('each package has its row in the table of arrows', () => {
    const names = manifests.map(packageOf).filter(name => name !== undefined);
    assert.deepEqual(names.sort(), Object.keys(ARROWS).sort());
  });

  test('a package imports only what its row allows', () => {
    const wrong = product.flatMap(source =>
      source.imports.filter(({ from, kind }) => !mayImport(source, from, kind)).map(({ from }) => says(source, from)),
    );
    assert.deepEqual(wrong, []);
  });

  test('a package imports from npm only what its package.json declares', () => {
    const wrong = product.flatMap(source => {
      const manifest = `packages/${packageOf(source.path)}/package.json`;
      const declared = { ...dependenciesOf(manifest), ...dependenciesOf(manifest, 'peerDependencies') };
      return npmImports(source)
        .filter(name => !(name in declared))
        .map(name => says(source, name));
    });
    assert.deepEqual(wrong, []);
  });

  function mayImport(source: SourceFile, from: string, kind: string): boolean {
    const name = packageOf(source.path) ?? '';
    const arrows = ARROWS[name];
    if (arrows === undefined) return false;
    if (from.startsWith('.')) return packageOf(resolve(source, from)) === name;
    if (isBuiltin(from)) return arrows.node;
    const ours = from.match(/^@keywright\/([\w-]+)/)?.[1];
    if (kind === 'type' && arrows.types?.includes(packageName(from))) return true;
    if (ours === undefined) return arrows.npm === 'declared' || arrows.npm.includes(packageName(from));
    return arrows.ours.includes(ours) || (arrows.lazily?.includes(ours) === true && kind !== 'static');
  }
});

test('a server starts without what takes long to load, GraphQL, prom-client and OpenTelemetry: that is for the first who asks', () => {
  const byPath = new Map(sources.map(source => [source.path, source]));
  const loaded = new Set(['packages/server/src/index.ts']);
  // What is added meanwhile is walked through as well.
  for (const path of loaded) {
    const source = byPath.get(path);
    for (const { from, kind } of source?.imports ?? [])
      if (source && kind === 'static') loaded.add(resolve(source, from));
  }
  assert.ok(loaded.has('fastify'));
  assert.deepEqual(
    [...loaded].filter(path => /^(graphql|prom-client|@opentelemetry)/.test(path)),
    [],
  );
});

test('no file imports itself by way of others', () => {
  const edges = new Map(sources.map(source => [source.path, valueImports(source)]));
  assert.deepEqual(cyclesIn(edges), []);
});

test('no file is dead: each is imported by one that is no test, or named by another file', () => {
  const imported = new Set(sources.flatMap(source => living(source)));
  const namers = files.filter(path => /(package\.json|\.html|\.js|\.yml)$/.test(path));
  const texts = [...sources.flatMap(source => source.strings), ...namers.map(read)];
  const isAlive = (path: string) => imported.has(path) || texts.some(text => text.includes(posix.basename(path)));
  const isEntry = (path: string) => /\.(test|config|d)\.tsx?$/.test(path);
  const paths = sources.map(source => source.path);
  assert.deepEqual(
    paths.filter(path => !isEntry(path) && !isAlive(path)),
    [],
  );
});

describe('sizes', () => {
  test('no file has more than 400 lines', () => {
    const long = sources.filter(source => linesOf(source) > 400).map(source => says(source, linesOf(source)));
    assert.deepEqual(long, []);
  });

  test('the median of the files has at most 80 lines', () => {
    const sizes = product.map(linesOf).sort((a, b) => a - b);
    const median = sizes[sizes.length >> 1] ?? 0;
    assert.ok(median <= 80, `the median is ${median}`);
  });

  test('no function has more than 70 lines', () => {
    const long = sources.flatMap(source =>
      source.functions
        .filter(({ lines }) => lines > 70)
        .map(({ line, lines }) => says(source, `${line}: ${lines} lines`)),
    );
    assert.deepEqual(long, []);
  });
});

describe('texts', () => {
  const code = files.filter(path => /\.(ts|tsx|js|mjs)$/.test(path));
  const prose = files.filter(path => !/(^package-lock\.json|\.(png|ico|woff2?))$/.test(path));

  test('the environment is read in one file a package, which is named config.ts', () => {
    const readers = matching(code, /\bprocess\.env\b|\}\s*=\s*process\b|from 'node:proces[s]'/);
    assert.deepEqual(
      readers.filter(path => posix.basename(path) !== 'config.ts'),
      [],
    );
    const places = readers.map(path => packageOf(path) ?? path.split('/')[0]);
    assert.deepEqual(places, [...new Set(places)]);
  });

  test('SQL stands in the store only', () => {
    const outside = code.filter(path => !path.startsWith('packages/store/') && !isTest(path));
    assert.deepEqual(matching(outside, /\.(selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql(<[^`]*>)?`/), []);
  });

  test('nothing is left to be done later', () => {
    assert.deepEqual(matching(prose, /\b(TO[D]O|FIX[M]E|XX[X])\b/), []);
  });

  test('each test runs', () => {
    const left = /\.(only|skip|todo)\(|[{,]\s*(only|skip|todo):/;
    assert.deepEqual(
      matching(
        files.filter(path => /\.test\.tsx?$/.test(path)),
        left,
      ),
      [],
    );
  });

  test('no file names a folder of one machine', () => {
    assert.deepEqual(matching(prose, /(?<![\w.-])\/(?:work|root|home)\/\w/), []);
  });
});

describe('dependencies', () => {
  test('all versions are exact', () => {
    const loose = manifests.flatMap(path => {
      const versions = { ...dependenciesOf(path), ...dependenciesOf(path, 'devDependencies') };
      return Object.entries(versions).filter(
        ([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
      );
    });
    assert.deepEqual(loose, []);
  });

  test('package-lock.json holds no download address', () => {
    const { packages }: { packages: Record<string, { resolved?: string }> } = JSON.parse(read('package-lock.json'));
    const addresses = Object.values(packages).map(entry => entry.resolved ?? '');
    assert.deepEqual(
      addresses.filter(address => address.includes(':')),
      [],
    );
  });

  test('docs/dependencies.md says in a line why each is there', () => {
    const lines = files.includes('docs/dependencies.md') ? read('docs/dependencies.md').split('\n') : [];
    const names = new Set(manifests.flatMap(path => Object.keys(dependenciesOf(path))));
    const unsaid = [...names].filter(
      name => !name.startsWith('@keywright/') && !lines.some(line => line.includes(`\`${name}\``)),
    );
    assert.deepEqual(unsaid, []);
    const widths = lines.filter(line => line.startsWith('|')).map(line => line.length);
    assert.equal(new Set(widths).size, 1, 'its columns are not of even width');
  });
});

function matching(paths: string[], pattern: RegExp): string[] {
  return paths.filter(path => pattern.test(read(path)));
}

function says(source: SourceFile, what: string | number): string {
  return `${source.path}: ${what}`;
}

function linesOf(source: SourceFile): number {
  return source.text.trimEnd().split('\n').length;
}

function resolve(source: SourceFile, from: string): string {
  return from.startsWith('.') ? join(dirname(source.path), from) : from;
}

function isBuiltin(from: string): boolean {
  return from.startsWith('node:') || builtinModules.includes(from);
}

function packageName(from: string): string {
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}

function npmImports(source: SourceFile): string[] {
  const bare = source.imports.map(({ from }) => from).filter(from => !from.startsWith('.') && !isBuiltin(from));
  return bare.map(packageName).filter(name => !name.startsWith('@keywright/'));
}

function valueImports(source: SourceFile): string[] {
  return source.imports.filter(({ kind }) => kind !== 'type').map(({ from }) => resolve(source, from));
}

/** What a file keeps alive: a test keeps its support alive, but not the code that nothing else uses. */
function living(source: SourceFile): string[] {
  const targets = source.imports.map(({ from }) => resolve(source, from));
  return isTest(source.path) ? targets.filter(isTest) : targets;
}

function dependenciesOf(
  path: string,
  kind: 'dependencies' | 'devDependencies' | 'peerDependencies' = 'dependencies',
): Record<string, string> {
  return JSON.parse(read(path))[kind] ?? {};
}

/** Each cycle once, as the chain of its files. */
function cyclesIn(edges: Map<string, string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, above: string[]): void => {
    const from = above.indexOf(path);
    if (from >= 0) cycles.push([...above.slice(from), path].join(' → '));
    if (from >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...above, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return cycles;
}
