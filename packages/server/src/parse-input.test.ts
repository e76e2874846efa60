import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeywrightError } from '@keywright/core';
import { z } from 'zod';
import { parseInput } from './parse-input.ts';

const schema = z.strictObject({
  name: z.string().min(1),
  tags: z.array(z.string()).max(1).optional(),
  grants: z.record(z.string().regex(/^api_/, { error: 'must be the id of an API' }), z.string()).optional(),
});

const refusals: [input: unknown, says: string][] = [
  [{}, 'name: is required (string)'],
  [{ name: '' }, 'name: must be at least 1 character long'],
  [{ name: 'a', tags: ['a', 'b'] }, 'tags: must be at most 1 entry long'],
  [{ name: 'a', grants: [] }, 'grants: must be of type object'],
  [{ name: 'a', grants: { b: 'c' } }, 'grants.b: must be the id of an API'],
  [{ name: 'a', nick: 'b' }, 'nick: is not a field here; there are: name, tags, grants'],
];

for (const [input, says] of refusals) {
  test(`${JSON.stringify(input)} says: ${says}`, () => {
    assert.throws(
      () => parseInput(schema, input),
      error => error instanceof KeywrightError && error.message === says,
    );
  });
}
