import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressAt, blocksOf, changed } from './documented.ts';
import { holdsItsCases } from './hold.ts';
import { startImitation } from './imitation.ts';
import { tidiedByTraefik, traefikRules } from './traefik.ts';

holdsItsCases({
  name: 'Traefik',
  document: 'traefik.md',
  isImitated: true,
  down: 500,
  unavailable: 503,
  limited: 429,
  yes: [204, 200],
  tidies: tidiedByTraefik,
  start: between => {
    const [fixed = '', dynamic = ''] = blocksOf('traefik.md', 'yaml');
    return startImitation(traefikRules(fixed, changed(dynamic, addressAt(between.place))), between);
  },
});

/** The examples of Traefik's own reference of sanitizePath, and of TestNormalizePath and TestSanitizePath in its source. */
test('the imitation tidies paths as Traefik says that it does', () => {
  const examples = {
    '/./foo/bar': '/foo/bar',
    '/foo/../bar': '/bar',
    '/foo/bar//': '/foo/bar/',
    '/./foo/../bar//': '/bar/',
    '/%2e%2e/a%2fb': '/a%2Fb',
    '/%41%7E?x=/../y//': '/A~?x=/../y//',
  };
  for (const [path, tidied] of Object.entries(examples)) assert.equal(tidiedByTraefik(path), tidied);
});
