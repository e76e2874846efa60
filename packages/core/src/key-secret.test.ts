import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { newKeyId, newSecret, parsePair } from './key-format.ts';
import { KeySecret } from './key-secret.ts';

const plain = 'correct horse battery staple';
const secret = new KeySecret(plain);

test('reveal gives the secret, and nothing else does', () => {
  assert.equal(secret.reveal(), plain);
});

const shown: Record<string, () => unknown> = {
  String: () => String(secret),
  template: () => `${secret}`,
  'toString of a list': () => [secret].toString(),
  JSON: () => JSON.stringify({ secret, list: [secret] }, null, 2),
  inspect: () => inspect(secret),
  'inspect of what holds it': () => inspect({ deep: { deeper: [secret] } }, { depth: null, showHidden: true }),
  'inspect without custom forms': () => inspect(secret, { customInspect: false, showHidden: true }),
  'format %s': () => format('%s', secret),
  'format %o': () => format('%o', secret),
  'format %j': () => format('%j', secret),
  'an error message': () => new Error(`wrong: ${secret}`).stack,
  'an error with it as cause': () => inspect(new Error('wrong', { cause: secret })),
  'a copy of its fields': () => JSON.stringify({ ...secret }),
  'its property names': () => Reflect.ownKeys(secret).join(),
  'a structured clone': () => inspect(structuredClone(secret), { showHidden: true }),
  console: () => printed(secret),
  'console of a credential': () => {
    const key = newKeyId(randomBytes);
    const one = newSecret(key, randomBytes);
    return printed(parsePair(key, one.reveal())).replaceAll(one.reveal(), plain);
  },
};
for (const [name, show] of Object.entries(shown)) {
  test(`a secret is not shown by ${name}`, () => {
    const text = String(show());
    assert.ok(!text.includes(plain), text);
  });
}

/** What a console writes for it. */
function printed(value: unknown): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const console = new Console({ stdout: stream, stderr: stream });
  console.log(value);
  console.error('%o', value);
  console.dir(value, { depth: null, showHidden: true });
  console.table([value]);
  return text;
}
