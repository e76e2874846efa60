import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** The five systems whose users find everything here, and how many lines each has: Guardrails, remote.it, Rancher, Alert Logic, RunPod. */
const LINES = { G: 6, R: 7, N: 8, A: 7, P: 6 };

test('every line of the five systems has a test whose title begins with its number', () => {
  const files = readdirSync(import.meta.dirname).filter(name => name.endsWith('.test.ts'));
  const texts = files.map(name => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');
  const tested = new Set([...texts.matchAll(/\btest\(\s*['"`]([GRNAP]\d)\b/g)].map(([, number]) => number));
  const lines = Object.entries(LINES).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, n) => `${letter}${n + 1}`),
  );
  assert.equal(lines.length, 34);
  assert.deepEqual(
    lines.filter(line => !tested.has(line)),
    [],
  );
});
