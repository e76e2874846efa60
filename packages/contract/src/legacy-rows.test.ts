import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeywrightError } from '@keywright/core';
import { addImported, fieldsOfCsv, fieldsOfJson, importRows } from './legacy-rows.ts';

test('an empty cell says nothing, tags are parted by semicolons, and enabled is true or false', () => {
  const cells = { owner: 'mem_1', name: '', tags: 'a; b', enabled: 'false', secret: 'true' };
  assert.deepEqual(fieldsOfCsv(cells), { owner: 'mem_1', tags: ['a', 'b'], enabled: false, secret: 'true' });
  assert.deepEqual(fieldsOfCsv({ enabled: 'perhaps' }), { enabled: 'perhaps' });
});

test('a JSON line that is no object has no fields', () => {
  assert.deepEqual(fieldsOfJson('{"id":"a","tags":["b"]}'), { id: 'a', tags: ['b'] });
  for (const text of ['', '{', '7', 'null', '["a"]']) assert.deepEqual(fieldsOfJson(text), {}, text);
});

test('rows that are too much for one request go in halves, and the report names the lines of the file', async () => {
  const rows = Array.from({ length: 7 }, (_, n) => ({ line: 10 + n, fields: { id: `id-${n}`, owner: 'own' } }));
  const sent: unknown[][] = [];
  const result = await importRows(
    rows,
    { owner: 'default', permission: 'read_only' },
    { prefix: 'x_' },
    async input => {
      assert.deepEqual(input.scheme, { prefix: 'x_' });
      if (input.rows.length > 2) throw new KeywrightError('body_too_large');
      sent.push(input.rows);
      return { imported: input.rows.length - 1, existing: 0, refused: [{ row: 0, field: 'id', message: 'is bad' }] };
    },
  );
  assert.deepEqual(
    sent.flat(),
    rows.map(({ fields }) => ({ permission: 'read_only', ...fields })),
  );
  assert.deepEqual(
    result.refused.map(({ line }) => line),
    [10, 11, 13, 15],
  );
  assert.equal(result.imported, 3);
});

test('one row that is too large alone, and every other error, is an error', async () => {
  for (const code of ['body_too_large', 'forbidden'] as const) {
    const send = () => Promise.reject(new KeywrightError(code));
    await assert.rejects(importRows([{ line: 2, fields: {} }], {}, {}, send), { code });
  }
});

test('what came of a batch is added to what came before', () => {
  const refused = { line: 3, field: 'owner', message: 'is unknown' };
  const sum = { imported: 1, existing: 2, refused: [refused] };
  addImported(sum, { imported: 10, existing: 20, refused: [{ ...refused, line: 4 }] });
  assert.deepEqual(sum, { imported: 11, existing: 22, refused: [refused, { ...refused, line: 4 }] });
});
