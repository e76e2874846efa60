import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, bearer, type Question } from './ask.ts';
import { addressAt, blocksOf, changed, type Gateway } from './documented.ts';
import { envoyRules } from './envoy.ts';
import { holdsItsCases } from './hold.ts';
import { startImitation } from './imitation.ts';
import { portOf, Stand } from './stand.ts';

const envoy: Gateway = {
  name: 'Envoy',
  document: 'envoy.md',
  isImitated: true,
  down: 503,
  unavailable: 503,
  hidesProblem: 'unavailable',
  limited: 429,
  yes: [200],
  keepsUnsaid: true,
  start: between => {
    const block = blocksOf('envoy.md', 'yaml').join();
    return startImitation(envoyRules(changed(block, { '/v1/auth': addressAt(between.place)['/v1/auth'] })), between);
  },
};

holdsItsCases(envoy);

test('to Envoy, Keywright answers below its addresses and nowhere else, and no header says what is asked for', async () => {
  await using stand = await Stand.make(envoy);
  const port = portOf(stand.keywright.url);
  const { token } = await stand.create({ permission: 'read_only' });
  const says = async (path: string, question: Question = {}) => {
    const { headers = [], ...more } = question;
    const { status, headers: said } = await ask(port, { path, ...more, headers: [bearer(token), ...headers] });
    return said['x-key-id'] === undefined ? (said['x-key-reason'] ?? status) : 'yes';
  };
  const claims = ['X-Forwarded-Method', 'X-Original-Method'].map((name): [string, string] => [name, 'GET']);
  const counterclaims = claims.map(([name]): [string, string] => [name, 'POST']);
  assert.equal(await says('/v1/auth/'), 'yes');
  assert.equal(await says('/v1/auth//a/../b?c'), 'yes');
  for (const claim of counterclaims) assert.equal(await says('/v1/auth/', { headers: [claim] }), 'yes', claim[0]);
  assert.equal(await says('/v1/auth/', { method: 'POST', headers: claims, body: 'the body' }), 'permission_denied');
  assert.equal(await says('/v1/auth/', { method: 'POST', headers: claims }), 'permission_denied');
  for (const path of ['/v1/auth', '/v1/auth?/x', '/v1/authx/', '/v1//auth/', '/x/v1/auth/', '/v1/apis/auth/x'])
    assert.equal(await says(path), 404, path);
});
