import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERRORS, rightNames } from '@keywright/core';
import { contract, operations } from './contract.ts';
import { inputProperties, type Schema, schemaOf } from './encode.ts';
import { isInQuery, isReading, type Operation, pathFields, successStatus } from './operation.ts';

const each = (check: (entry: Operation) => void) => {
  for (const entry of operations) check(entry);
};

function assertUnique(texts: string[]): void {
  assert.deepEqual(
    texts.filter((text, index) => texts.indexOf(text) !== index),
    [],
  );
}

describe('names', () => {
  test('each operation stands under its own name, which is unique', () => {
    for (const [name, entry] of Object.entries(contract)) assert.equal(entry.name, name);
    assertUnique(operations.map(entry => entry.name));
    each(entry => assert.match(entry.name, /^[a-z]+([A-Z][a-z]+)*$/));
  });

  test('the words of the command line are unique: a noun and a verb, or one word', () => {
    const words = operations.flatMap(entry => entry.cli ?? []);
    assertUnique(words);
    for (const text of words) assert.match(text, /^[a-z-]+( [a-z-]+)?$/);
  });

  test('no word of the command line is a command and a group at once', () => {
    const words = operations.flatMap(entry => (entry.cli === undefined ? [] : [entry.cli.split(' ')]));
    const groups = new Set(words.filter(({ length }) => length === 2).map(([group]) => group));
    const both = words.filter(([word, ...more]) => more.length === 0 && groups.has(word));
    assert.deepEqual(both, []);
  });

  test('each has a summary, and sentences for a description', () => {
    each(entry => {
      assert.match(entry.summary, /^[A-Z].*[^.]$/, entry.name);
      if (entry.description !== undefined) assert.match(entry.description, /^[A-Z].*\.$/s, entry.name);
      assert.match(entry.noun, /^[a-z]+( [a-z]+)*$/, entry.name);
    });
  });
});

describe('paths', () => {
  test('method and path are unique, whatever the fields are called', () => {
    assertUnique(operations.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`));
  });

  test('no fixed path is shadowed by one with a field', () => {
    const overlapping = (a: string, b: string) => {
      const [left, right] = [a.split('/'), b.split('/')];
      const fits = (part: string, index: number) => part === right[index] || (part + right[index]).includes('{');
      return left.length === right.length && left.every(fits);
    };
    const pairs = operations.flatMap((a, index) =>
      operations
        .slice(index + 1)
        .filter(b => a.method === b.method && overlapping(a.path, b.path))
        .map(b => `${a.name} and ${b.name}`),
    );
    assert.deepEqual(pairs, []);
  });

  test('a path is of lower-case words and fields', () => {
    each(entry => assert.match(entry.path, /^(\/([a-z-]+|\{[a-zA-Z]+\}))+$/, entry.name));
  });

  test('each field of a path is a required field of the input', () => {
    each(entry => {
      const { required = [] } = schemaOf(entry.input, 'input');
      for (const field of pathFields(entry)) assert.ok(required.includes(field), `${entry.name}: ${field}`);
    });
  });
});

describe('rights and errors', () => {
  test('each right is known', () => {
    const known = new Set<string>([...rightNames, 'public', 'caller']);
    each(entry => assert.ok(known.has(entry.right), entry.name));
  });

  test('who only sees changes nothing, and who changes has the right to', () => {
    each(entry => {
      const [, verb] = entry.right.split(':');
      if (verb === 'see' || verb === 'check') assert.ok(isReading(entry), entry.name);
      if (verb === 'change') assert.ok(!isReading(entry), entry.name);
    });
  });

  test('each error is a code, and stands once', () => {
    each(entry => {
      for (const code of entry.errors) assert.ok(Object.hasOwn(ERRORS, code), `${entry.name}: ${code}`);
      assertUnique([...entry.errors]);
    });
  });

  test('what is named in the path may be absent', () => {
    each(entry => {
      if (pathFields(entry).length > 0) assert.ok(entry.errors.includes('not_found'), entry.name);
    });
  });

  test('only a creating call answers 201, and only a creating call shows a secret', () => {
    each(entry => {
      assert.equal(successStatus(entry), entry.creates ? 201 : 200);
      if (entry.creates) assert.equal(entry.method, 'POST', entry.name);
      if (entry.showsSecret) assert.ok(entry.creates, entry.name);
    });
  });

  test('what needs a session has no words on the command line', () => {
    each(entry => {
      if (entry.sessionOnly) assert.equal(entry.cli, undefined, entry.name);
    });
  });
});

describe('inputs and outputs', () => {
  test('the input of GET is flat, so that it fits into a query', () => {
    each(entry => {
      if (entry.method !== 'GET') return;
      for (const [field, schema] of Object.entries(inputProperties(entry)))
        assert.ok(isFlat(schema), `${entry.name}: ${field}`);
    });
  });

  test('DELETE takes nothing but what stands in its address', () => {
    each(entry => {
      if (entry.method === 'DELETE')
        assert.deepEqual(
          Object.keys(inputProperties(entry)).filter(field => !isInQuery(entry, field)),
          pathFields(entry),
          entry.name,
        );
    });
  });

  test('each input and output has a JSON Schema, in which every field is typed', () => {
    each(entry => {
      const input = schemaOf(entry.input, 'input');
      assert.equal(input.type, 'object', entry.name);
      assert.equal(input.additionalProperties, false, entry.name);
      assert.doesNotThrow(() => JSON.stringify(schemaOf(entry.output, 'output')), entry.name);
      for (const [field, schema] of Object.entries(inputProperties(entry)))
        assert.ok(isTyped(schema), `${entry.name}: ${field}`);
    });
  });

  test('only what shows its secret once answers with one', () => {
    each(entry => {
      const fields = Object.keys(allProperties(schemaOf(entry.output, 'output')));
      const shows = fields.some(field => ['secret', 'token', 'invitation'].includes(field));
      assert.equal(shows, entry.showsSecret === true, entry.name);
    });
  });

  test('a list has the same paging everywhere', () => {
    each(entry => {
      const output = allProperties(schemaOf(entry.output, 'output'));
      if (!('items' in output && 'nextCursor' in output)) return;
      const { limit, cursor } = inputProperties(entry);
      assert.deepEqual(
        [limit?.default, limit?.minimum, limit?.maximum, cursor?.type],
        [25, 1, 100, 'string'],
        entry.name,
      );
    });
  });

  function isFlat(schema: Schema): boolean {
    const types = [schema, ...(schema.anyOf ?? [])].flatMap(part => part.type ?? []);
    return types.length > 0 && types.every(type => ['string', 'integer', 'boolean', 'null'].includes(type));
  }

  function isTyped(schema: Schema): boolean {
    return schema.type !== undefined || (schema.anyOf?.every(isTyped) ?? false);
  }

  /** The fields of the object that a schema describes, those in `$defs` among them. */
  function allProperties(schema: Schema): Record<string, Schema> {
    const shared = Object.values((schema.$defs ?? {}) as Record<string, Schema>); // `$defs` holds schemas by name
    return Object.assign({}, schema.properties, ...shared.map(part => part.properties));
  }
});
