import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNamed } from './header-name.ts';

test('a header has its name in whatever case, and no other', () => {
  for (const name of ['X-API-Key', 'x-api-key', 'X-API-KEY', 'x-ApI-kEy']) assert.ok(isNamed(name, 'X-API-Key'), name);
  for (const name of ['X-API-Ke', 'X-API-Keys', 'Y-API-Key', '8-API-Key', 'X_API_Key', 'X-API-Kez', ''])
    assert.ok(!isNamed(name, 'X-API-Key'), name);
});
