import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { operations } from '@keywright/contract';
import { ERRORS } from '@keywright/core';
import { readConfig } from '@keywright/server';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { type RulesetDefinition, Spectral } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { documents } from '../scripts/documents.ts';
import { startTestApp } from './support/app.ts';

const root = join(import.meta.dirname, '..');
const made = documents();
const openapi = made['docs/openapi.json'] ?? '';

for (const [path, text] of Object.entries(made)) {
  test(`${path} is what the code says; npm run documents writes it`, () => {
    assert.equal(readFileSync(join(root, path), 'utf8'), text);
  });
}

describe('docs/openapi.json', () => {
  test('Spectral finds nothing', async () => {
    assert.deepEqual(await bySpectral(openapi), []);
  });

  test('Redocly finds nothing', async () => {
    assert.deepEqual(await byRedocly(openapi), []);
  });

  test('both would find a fault', async () => {
    const broken = openapi
      .replace('"type": "string"', '"type": "text"')
      .replaceAll('"operationId": "listMembers",', '');
    assert.match(
      (await bySpectral(broken)).join('\n'),
      /oas3-schema[\s\S]*operation-operationId|operation-operationId[\s\S]*oas3-schema/,
    );
    assert.match(
      (await byRedocly(broken)).join('\n'),
      /struct[\s\S]*operation-operationId|operation-operationId[\s\S]*struct/,
    );
  });

  test('it is what a server serves', async () => {
    await using running = await startTestApp();
    const response = await fetch(`${running.url}/openapi.json`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(await response.json(), JSON.parse(openapi));
  });

  test('each operation stands in it once, by its name, and beside them what gateways ask', () => {
    const paths: Record<string, Record<string, { operationId: string }>> = JSON.parse(openapi).paths;
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
    );
    const expected = operations.map(({ name, method, path }) => `${name} ${method.toLowerCase()} /v1${path}`);
    assert.deepEqual(found.sort(), [...expected, ...FORWARD_AUTH].sort());
  });
});

/** The doors of forward-auth, which are no operations. */
const FORWARD_AUTH = [
  'forwardAuth get /v1/auth',
  'forwardAuthInProject get /v1/projects/{project}/auth',
  'forwardAuthAtApi get /v1/apis/{api}/auth',
  'forwardAuthInProjectAtApi get /v1/projects/{project}/apis/{api}/auth',
];

test('the reference page names every operation and every error', async () => {
  await using running = await startTestApp();
  const response = await fetch(`${running.url}/docs`);
  assert.match(response.headers.get('content-security-policy') ?? '', /script-src 'self'/);
  const page = await response.text();
  for (const { name, path } of operations) {
    assert.ok(page.includes(`id="${name}"`), name);
    assert.ok(page.includes(`/v1${path}`), path);
  }
  for (const code of Object.keys(ERRORS)) assert.ok(page.includes(`id="error-${code}"`), code);
});

test('the README names every level of the log', () => {
  const [, levels = ''] = /one of (.*), not/.exec(String(refusalOf({ KEYWRIGHT_LOG: 'loud' }))) ?? [];
  const [row = ''] = /^\| `KEYWRIGHT_LOG`.*/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  assert.ok(row.includes(`| ${levels.replaceAll(/\w+/g, '`$&`')};`), `${row} names not ${levels}`);
});

/** How settings are refused that can not be used. */
function refusalOf(env: NodeJS.ProcessEnv): unknown {
  try {
    return readConfig({}, env);
  } catch (error) {
    return error;
  }
}

/** Everything that it says, hints included. */
async function bySpectral(text: string): Promise<string[]> {
  const spectral = new Spectral();
  // The two packages of Spectral declare the formats of a rule set differently; at run time they are the same.
  spectral.setRuleset(oas as unknown as RulesetDefinition);
  const results = await spectral.run(JSON.parse(text));
  return results.map(({ code, path, message }) => `${code} at ${path.join('.')}: ${message}`);
}

async function byRedocly(text: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: text, absoluteRef: join(root, 'docs/openapi.json'), config });
  return problems.map(({ ruleId, location, message }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
}
