import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract } from '@keywright/contract';
import { present } from './present.ts';
import { block, table } from './print.ts';
import { clean, fit, json, widthOf } from './text.ts';
import { cell, lines } from './values.ts';

test('text that would drive a terminal is harmless', () => {
  const cases: [foreign: string, shown: string][] = [
    ['plain Ünïcode ✓ 日本', 'plain Ünïcode ✓ 日本'],
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['\u001b]0;title\u0007x', ']0;titlex'],
    ['\u009b31mC1\u007f', '31mC1'],
    ['two\r\nlines\tand\u2028more', 'two lines and more'],
    ['\u202egnp.exe\u2066', 'gnp.exe'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
  ];
  for (const [foreign, shown] of cases) assert.equal(clean(foreign), shown);
});

test('JSON means the same, and drives no terminal either', () => {
  const value = { name: 'a\u001b[31m\u009b\u202e\u007f\n"b"' };
  assert.deepEqual(JSON.parse(json(value)), value);
  assert.doesNotMatch(json(value).replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
});

test('width counts columns, not characters', () => {
  assert.deepEqual(['abc', '日本', '👍', 'é', ''].map(widthOf), [3, 4, 2, 1, 0]);
  assert.equal(fit('abcdef', 4), 'abc…');
  assert.equal(fit('日本語', 4), '日… ');
  assert.equal(fit('ab', 4), 'ab  ');
});

test('values are shown as people read them', () => {
  const owner = { kind: 'member', id: 'mem_1', name: 'Ada' };
  const lastUsed = { at: '2027-01-31T12:34:56.789Z', address: '192.0.2.1', userAgent: null, api: null };
  const cases: [value: unknown, short: string, full: string[]][] = [
    [null, '–', ['–']],
    ['', '–', ['–']],
    [[], '–', ['–']],
    [0, '0', ['0']],
    [true, 'yes', ['yes']],
    [['a', 'b'], 'a, b', ['a, b']],
    ['2027-01-31T12:34:56Z', '2027-01-31 12:34Z', ['2027-01-31 12:34:56 UTC']],
    [owner, 'Ada', ['Ada (mem_1)']],
    [{ ...owner, name: null }, 'mem_1', ['mem_1']],
    [lastUsed, '2027-01-31 12:34Z', ['2027-01-31 12:34:56 UTC, 192.0.2.1']],
    ['one\ntwo', 'one two', ['one', 'two']],
    [[{ day: '2027-01-31', count: 3 }], '2027-01-31, 3', ['2027-01-31, 3']],
    ['\u001b\u0007', '–', ['–']],
  ];
  for (const [value, short, full] of cases) {
    assert.equal(cell(value), short);
    assert.deepEqual(lines(value), full);
  }
});

test('a table is aligned, and cut to the width but for its first column and times', () => {
  const rows = [
    { id: 'KWAAAAAAAAAAAAAAAAAA', name: 'a long name of a key', expiresAt: null },
    { id: 'KWBBBBBBBBBBBBBBBBBB', name: '日本\u001b[2J', expiresAt: '2027-01-31T12:00:00Z' },
  ];
  assert.equal(
    table(['id', 'name', 'expiresAt'], rows, 200),
    [
      'id                    name                  expires at',
      'KWAAAAAAAAAAAAAAAAAA  a long name of a key  –',
      'KWBBBBBBBBBBBBBBBBBB  日本[2J               2027-01-31 12:00Z',
    ].join('\n'),
  );
  const narrow = table(['id', 'name', 'expiresAt'], rows, 54).split('\n');
  assert.ok(narrow.every(line => widthOf(line) <= 54));
  assert.equal(narrow[1], 'KWAAAAAAAAAAAAAAAAAA  a long name …  –');
  const tooNarrow = table(['id', 'name', 'expiresAt'], rows, 10).split('\n');
  assert.equal(tooNarrow[2], 'KWBBBBBBBBBBBBBBBBBB  日本[2J   2027-01-31 12:00Z');
});

test('a value with line feeds can not pose as another field', () => {
  const shown = block(['name', 'description'], { name: 'x', description: 'one\nstate        active' });
  assert.equal(shown, 'name         x\ndescription  one\n             state        active');
});

test('answers for people', () => {
  assert.equal(present(contract.listMembers, { items: [], nextCursor: null }, 80), 'No members.');
  assert.equal(present(contract.listApis, { items: [], nextCursor: null }, 80), 'No APIs.');
  assert.match(
    present(contract.listMembers, { items: [{ id: 'mem_1' }], nextCursor: 'abc' }, 80),
    /\nmore: --cursor abc$/,
  );
  const endpoints = (cursor: string) =>
    present(contract.listEndpoints, { items: [{ id: 'x' }], nextCursor: cursor }, 80);
  assert.match(endpoints('POST /v1/x'), /\nmore: --cursor 'POST \/v1\/x'$/);
  assert.match(endpoints("GET /it's$(x)"), /\nmore: --cursor 'GET \/it'\\''s\$\(x\)'$/);
  assert.equal(present(contract.deleteAccessKey, { done: true }, 80), 'Delete an access key: done.');
  const created = present(contract.createAccessKey, { key: 'KW1', secret: 's3', token: 'kw_KW1_s3', tags: [] }, 80);
  assert.match(created, /^key +KW1\nsecret +s3\ntoken +kw_KW1_s3\n(.*\n)+The secret is shown this one time/);
});

test('a receipt says who knows of a change, and who does not', () => {
  const node = { kind: 'node', id: 'nod_1', name: 'vm:28045', ms: 91.656403, lapsed: false };
  const receipt = { sequence: 32, complete: true, ms: 91.656403, acknowledged: [node], missing: [] };
  const answered = (more: object) => present(contract.deactivateAccessKey, { receipt: { ...receipt, ...more } }, 80);
  assert.equal(answered({}), 'receipt  known by 1 of 1 after 92 ms: vm:28045');
  const shop = { kind: 'verifier', id: 'ver_1', name: null };
  assert.equal(
    answered({ complete: false, missing: [shop, { ...shop, name: 'Till\u001b[2J' }] }),
    'receipt  known by 1 of 3 after 92 ms: vm:28045; not yet by ver_1, Till[2J',
  );
  assert.equal(
    answered({ complete: false }),
    'receipt  known by 1 of 1 after 92 ms: vm:28045; who else decides could not be found out in time',
  );
  const twins = ['ver_1', 'ver_2'].map(id => ({ ...shop, id, name: 'Till' }));
  assert.equal(
    answered({ complete: false, missing: twins }),
    'receipt  known by 1 of 3 after 92 ms: vm:28045; not yet by Till (ver_1), Till (ver_2)',
  );
  assert.equal(
    answered({ acknowledged: [{ ...shop, ms: 60_000, lapsed: true }] }),
    'receipt  known by 1 of 1 after 92 ms: ver_1 (lapsed: it refuses everything)',
  );
  assert.equal(
    present(
      contract.deleteAccessKey,
      { done: true, receipt: { ...receipt, missing: [{ ...shop, name: 'x\u001b' }] } },
      80,
    ),
    'Delete an access key: done.\nReceipt: known by 1 of 2 after 92 ms: vm:28045; not yet by x',
  );
});
