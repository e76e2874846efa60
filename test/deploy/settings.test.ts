import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { read } from '../support/source-tree.ts';
import { deployFiles } from './files.ts';

const config = read('packages/server/src/config.ts');

/** Set by a process for those that it starts. */
const INTERNAL = ['KEYWRIGHT_WORKER'];
const settings = new Set([...config.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)].map(([, name = '']) => name));
const secrets = [...(/const SECRETS = \[(.*?)\]/s.exec(config)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
  ([, name = '']) => name,
);

describe('settings', () => {
  test('README names exactly those that there are', () => {
    const rows = [...read('README.md').matchAll(/^\| (`[A-Z][A-Z0-9_]+`.*?) \|/gm)].map(([, names = '']) => names);
    const named = rows.flatMap(names => [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    assert.deepEqual(named.sort(), [...settings].filter(name => !INTERNAL.includes(name)).sort());
    for (const name of secrets) assert.ok(settings.has(name), name);
  });

  test('README names exactly those that may be given by a file', () => {
    const [, names = ''] = /^Instead of (.*?), the same name with `_FILE`/m.exec(read('README.md')) ?? [];
    const named = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    assert.deepEqual(named.sort(), secrets.toSorted());
  });

  test('deploy/ sets only what there is', () => {
    const known = new Set([...settings, ...secrets.map(name => `${name}_FILE`)]);
    for (const [path, text] of Object.entries(deployFiles))
      for (const [name] of text.matchAll(/\b(?:KEYWRIGHT_[A-Z_]+|(?:DATABASE|REDIS|SMTP)_[A-Z_]+)\b/g))
        assert.ok(known.has(name), `${path} names ${name}, which is no setting`);
  });
});
