import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contract } from './contract.ts';
import { formatPath, fromStrings } from './encode.ts';

describe('the path of a call', () => {
  test('takes its fields, and leaves the rest of the input', () => {
    assert.deepEqual(formatPath(contract.updateAccessKey, { key: 'KWA', enabled: false }), {
      path: '/access-keys/KWA',
      rest: { enabled: false },
    });
  });

  test('leaves the input as it was', () => {
    const input = { key: 'KWA' };
    formatPath(contract.getAccessKey, input);
    assert.deepEqual(input, { key: 'KWA' });
  });

  const rows: [key: string, path: string][] = [
    ['a/b', '/access-keys/a%2Fb'],
    ['a?b#c', '/access-keys/a%3Fb%23c'],
    ['../members', '/access-keys/..%2Fmembers'],
    ['%2e%2e', '/access-keys/%252e%252e'],
    ['ü $&', '/access-keys/%C3%BC%20%24%26'],
    ['\ud800', '/access-keys/%EF%BF%BD'],
    ['...', '/access-keys/...'],
  ];
  for (const [key, path] of rows) {
    test(`keeps ${JSON.stringify(key)} in its place`, () => {
      assert.equal(formatPath(contract.getAccessKey, { key }).path, path);
      assert.equal(new URL(path, 'http://127.0.0.1').pathname, path);
    });
  }

  for (const key of ['', '.', '..', undefined, null]) {
    test(`is not made of ${JSON.stringify(key)}, which would lead elsewhere`, () => {
      assert.throws(() => formatPath(contract.getAccessKey, { key }), { code: 'invalid_value', message: /^key: / });
    });
  }
});

describe('texts become what the input asks for', () => {
  const list = contract.listAccessKeys;
  const create = contract.createAccessKey;
  const policy = contract.updateKeyPolicy;
  const rows: [Parameters<typeof fromStrings>[0], Record<string, string | string[]>, Record<string, unknown>][] = [
    [list, { limit: '25' }, { limit: 25 }],
    [list, { limit: '-5' }, { limit: -5 }],
    [list, { limit: '2.5' }, { limit: '2.5' }],
    [list, { limit: '1e3' }, { limit: '1e3' }],
    [list, { limit: '' }, { limit: '' }],
    [list, { limit: '0x10' }, { limit: '0x10' }],
    [list, { limit: '9007199254740993' }, { limit: '9007199254740993' }],
    [list, { limit: ['1', '2'] }, { limit: ['1', '2'] }],
    [list, { text: '25' }, { text: '25' }],
    [list, { text: 'true' }, { text: 'true' }],
    [list, { nothing: '25' }, { nothing: '25' }],
    [list, { constructor: '25' }, { constructor: '25' }],
    [create, { tags: 'a' }, { tags: ['a'] }],
    [create, { tags: ['a', 'b'] }, { tags: ['a', 'b'] }],
    [create, { expiresAt: 'null' }, { expiresAt: null }],
    [create, { name: 'null' }, { name: null }],
    [policy, { nameRequired: 'true' }, { nameRequired: true }],
    [policy, { nameRequired: 'false' }, { nameRequired: false }],
    [policy, { nameRequired: 'yes' }, { nameRequired: 'yes' }],
    [policy, { keysPerOwnerMax: '5' }, { keysPerOwnerMax: 5 }],
    [policy, { keysPerOwnerMax: 'null' }, { keysPerOwnerMax: null }],
    [policy, { tokenPrefix: 'null' }, { tokenPrefix: 'null' }],
  ];
  for (const [entry, texts, expected] of rows) {
    test(`${entry.name}: ${JSON.stringify(texts)}`, () => assert.deepEqual(fromStrings(entry, texts), expected));
  }
});
