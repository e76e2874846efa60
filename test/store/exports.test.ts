import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('each function that the store exports is called by a test of this folder', async () => {
  // Errors are not called, but thrown by what is.
  const exported = Object.entries(await import('@keywright/store')).filter(
    ([, value]) => typeof value === 'function' && !(value.prototype instanceof Error),
  );
  const files = globSync('*.test.ts', { cwd: import.meta.dirname });
  const tests = files.map(file => readFileSync(`${import.meta.dirname}/${file}`, 'utf8')).join('\n');
  const untested = exported.map(([name]) => name).filter(name => !new RegExp(`\\b${name}\\(`).test(tests));
  assert.deepEqual(untested, []);
  assert.ok(exported.length > 40);
});
