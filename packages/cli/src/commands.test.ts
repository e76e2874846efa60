import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract, type Operation, operations, pathFields, schemaOf } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import { type Command, CommanderError } from 'commander';
import { problemOf, report, sentence } from './failures.ts';
import { fieldsOf, flagOf, inputFrom } from './flags.ts';
import { buildProgram } from './program.ts';

const withWords = operations.filter(entry => entry.cli !== undefined);
/** Taken from a file, the environment or standard input, or offered at the other doors only. */
const NOT_FLAGS: Record<string, string[]> = { verify: ['credential', 'items', 'account'] };

function commandOf(program: Command, entry: Operation): Command {
  return (entry.cli ?? '').split(' ').reduce((parent, word) => {
    const found = parent.commands.find(command => command.name() === word);
    assert.ok(found, `${entry.name}: no command ${entry.cli}`);
    return found;
  }, program);
}

/** A text that the field's own type takes, and what the input must then hold. */
function sampleOf(entry: Operation, name: string): [typed: string[], value: unknown] {
  const field = fieldsOf(entry).find(one => one.name === name);
  assert.ok(field, `${entry.name}.${name} is not on the command line`);
  if (field.kind === 'boolean') return [[flagOf(name)], true];
  if (field.kind === 'json list')
    return [
      [flagOf(name), '{"a":1}', flagOf(name), '{"b":2}'],
      [{ a: 1 }, { b: 2 }],
    ];
  if (field.kind === 'json') return [[flagOf(name), '{"a":["b"]}'], { a: ['b'] }];
  const text = field.choices?.[0] ?? '7';
  if (field.kind === 'list')
    return [
      [flagOf(name), 'a', flagOf(name), 'b'],
      ['a', 'b'],
    ];
  return [[flagOf(name), text], field.placeholder === 'number' ? 7 : text];
}

for (const entry of withWords) {
  test(`${entry.cli}: every field of ${entry.name} is reachable`, async () => {
    const program = buildProgram();
    const command = commandOf(program, entry);
    const positionals = pathFields(entry);
    const expected: Record<string, unknown> = Object.fromEntries(positionals.map(name => [name, 'KW2']));
    const typed = positionals.map(() => 'KW2');
    const fields = Object.keys(schemaOf(entry.input, 'input').properties ?? {});
    for (const name of fields.filter(one => !positionals.includes(one) && !NOT_FLAGS[entry.name]?.includes(one))) {
      const [words, value] = sampleOf(entry, name);
      typed.push(...words);
      expected[name] = value;
    }
    let input: unknown;
    command.action(() => {
      input = inputFrom(entry, command.args, command.opts());
    });
    await program.parseAsync([...(entry.cli ?? '').split(' '), ...typed], { from: 'user' });
    assert.deepEqual(input, expected);
  });
}

test('no field of an operation is hidden by a flag that every command takes', () => {
  const program = buildProgram();
  const globals = [...program.options.map(option => option.long), '--help', '--yes', '--idempotency-key'];
  // Nobody acts in an account to verify: there `--account` is the field.
  for (const entry of withWords.filter(({ name }) => name !== 'verify')) {
    for (const { name } of fieldsOf(entry)) assert.ok(!globals.includes(flagOf(name)), `${entry.cli} ${flagOf(name)}`);
  }
});

test('values of flags get the types of the contract', () => {
  const cases: [flags: Record<string, unknown>, input: Record<string, unknown>][] = [
    [{}, {}],
    [
      { name: 'none', expiresAt: 'none' },
      { name: null, expiresAt: null },
    ],
    [
      { name: '', description: '12' },
      { name: '', description: '12' },
    ],
    [{ enabled: false }, { enabled: false }],
    [{ tags: ['none'] }, { tags: [] }],
    [
      { tags: ['none', 'b'], networks: ['::1'] },
      { tags: ['none', 'b'], networks: ['::1'] },
    ],
    [{ json: true, server: 'http://x' }, {}],
  ];
  for (const [flags, input] of cases) {
    assert.deepEqual(inputFrom(contract.updateAccessKey, ['KW1'], flags), { key: 'KW1', ...input });
  }
  const policy = { keysPerOwnerMax: '5', lifetimeDaysMax: 'none', nameRequired: true };
  const typed = { keysPerOwnerMax: 5, lifetimeDaysMax: null, nameRequired: true };
  assert.deepEqual(inputFrom(contract.updateKeyPolicy, [], policy), typed);
  assert.deepEqual(inputFrom(contract.updateKeyPolicy, [], { keysPerOwnerMax: 'two' }), { keysPerOwnerMax: 'two' });
});

test('calling it wrongly is told apart from being refused', async () => {
  const wrong = [
    ['kyes'],
    ['keys', 'lst'],
    ['keys'],
    [],
    ['keys', 'get'],
    ['keys', 'get', ''],
    ['keys', 'get', '..'],
    ['keys', 'get', 'KW1', 'KW2'],
    ['keys', 'list', '--stat', 'active'],
    ['keys', 'list', '--state', 'dead'],
    ['keys', 'create', '--idempotency-key', 'with a space'],
    ['keys', 'create', '--grants', '{"api_'],
    ['keys', 'create', '--grants', 'read_only'],
    ['keys', 'edit', 'KW1', '--grants', '["GET /"]'],
    ['keys', 'edit', 'KW1', '--quotas', '[]'],
    ['keys', 'edit', 'KW1', '--quotas', '{"name'],
    ['nonsense', '--help'],
    ['--json', 'kyes', '--help'],
    ['keys', 'lst', '--help'],
    ['members', 'invite', '--name', 'Ada'],
    ['verify', 'kw_token'],
    ['whoami', '--server', 'ftp://example.com'],
    ['whoami', '--server', 'https://user:pass@example.com'],
    ['whoami', '--profile', '../x'],
    ['completion', 'fish'],
  ];
  for (const words of wrong) {
    const error = await buildQuiet()
      .parseAsync(words, { from: 'user' })
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof CommanderError, words.join(' '));
    assert.equal(report(error, false), 2, words.join(' '));
  }
  for (const words of [
    ['--help'],
    ['keys', '--help'],
    ['keys', 'create', '--help'],
    ['keys', 'get', 'x', '--help'],
    ['--version'],
  ]) {
    const error = await buildQuiet()
      .parseAsync(words, { from: 'user' })
      .catch((thrown: unknown) => thrown);
    assert.equal(report(error, false), 0, words.join(' '));
  }
});

test('refusals name fields as they are typed', () => {
  const problems = [
    { field: 'expiresAt', rule: 'format', message: 'must be a time\u001b[2J' },
    { field: 'networks.0', rule: 'format', message: 'must be a network' },
    { field: 'key', rule: 'format', message: 'must be an access key' },
    { field: 'else', rule: 'unknown', message: 'is unknown' },
  ];
  const error = new KeywrightError('invalid_value', 'expiresAt: must be a time', problems);
  assert.equal(
    sentence(error, contract.updateAccessKey),
    'Invalid value.\n  --expires-at: must be a time[2J\n  --networks (value 1): must be a network\n  <key>: must be an access key\n  else: is unknown',
  );
  assert.partialDeepStrictEqual(problemOf(error), { code: 'invalid_value', errors: problems });
});

function buildQuiet(): Command {
  const program = buildProgram();
  const quiet = (command: Command) => {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.commands.forEach(quiet);
  };
  quiet(program);
  return program;
}
