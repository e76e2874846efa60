import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REASONS } from './decide.ts';
import { ERRORS, type ErrorCode, invalid, KeywrightError } from './errors.ts';

/** What each status is for (design 6 and 7); a new code must find its row. */
const CODES: Record<number, ErrorCode[]> = {
  400: ['malformed_request', 'query_too_large'],
  401: [
    'unauthenticated',
    'malformed',
    'unknown',
    'inactive',
    'not_yet_valid',
    'expired',
    'owner_inactive',
    'account_inactive',
  ],
  403: [
    'network_not_allowed',
    'project_mismatch',
    'permission_denied',
    'forbidden',
    'cross_site',
    'session_required',
    'broader_key',
  ],
  404: ['not_found'],
  405: ['method_not_allowed'],
  409: ['conflict', 'key_limit_reached', 'idempotency_conflict'],
  410: ['gone'],
  413: ['body_too_large'],
  415: ['unsupported_media_type'],
  422: ['invalid_value'],
  429: ['rate_limited', 'quota_exhausted', 'too_many_attempts'],
  431: ['headers_too_large'],
  500: ['internal'],
  503: ['unavailable'],
};

test('each code has the status that it is meant for', () => {
  const statuses = Object.entries(CODES).flatMap(([status, codes]) => codes.map(code => [code, Number(status)]));
  const table = Object.entries(ERRORS).map(([code, { status }]) => [code, status]);
  assert.deepEqual(Object.fromEntries(table), Object.fromEntries(statuses));
});

test('each reason of a refusal is a code', () => {
  for (const reason of REASONS) assert.ok(Object.hasOwn(ERRORS, reason), reason);
});

test('each code has a title and a sentence', () => {
  for (const [code, { title, meaning }] of Object.entries(ERRORS)) {
    assert.match(title, /^[A-Z].*[^.]$/, code);
    assert.match(meaning, /^[A-Z].*\.$/, code);
    assert.match(code, /^[a-z_]+$/);
  }
});

describe('an error', () => {
  test('says what the table says when nothing else is said', () => {
    const error = new KeywrightError('gone');
    assert.deepEqual([error.code, error.status, error.message, error.problems], ['gone', 410, ERRORS.gone.meaning, []]);
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'KeywrightError');
  });

  test('of an invalid value names the field, the rule and the way out', () => {
    const error = invalid('name', 'nameRequired', 'Say what the key is for.');
    assert.equal(error.status, 422);
    assert.match(error.message, /^name: Say what the key is for\.$/);
    assert.deepEqual(error.problems, [{ field: 'name', rule: 'nameRequired', message: 'Say what the key is for.' }]);
  });
});
