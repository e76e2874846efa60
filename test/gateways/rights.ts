import assert from 'node:assert/strict';
import { posix } from 'node:path';
import type { OutputOf } from '@keywright/contract';
import { type Arrived, valuesOf } from './echo-server.ts';

export type NewKey = OutputOf<'createAccessKey'>;

export const IDENTITY = ['X-Key-Id', 'X-Key-Owner', 'X-Key-Account', 'X-Key-Project', 'X-Key-Permission'];
/** By these a client says for which method and for which path an API shall take its request, and there are APIs that believe it. */
export const METHOD_NAMES = [
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  'X-Original-Method',
  'X-Forwarded-Method',
];
export const PATH_NAMES = ['X-Original-URI', 'X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Uri'];
const READING = ['GET', 'HEAD', 'OPTIONS'];

/** The endpoint that restricted keys of these tests are given, and the paths that are for it and for none of its siblings. */
export const GIVEN = 'GET /orders/{}';
export const SIBLINGS = ['/orders/exportAll', '/orders/all/'];
const GIVEN_PATH = /^\/orders\/(?!(exportall|all)$)[^/]+$/;

/**
 * What every request that reaches the API must satisfy, whoever sent it: it says of which key it is, once and under no name that CGI,
 * WSGI or PHP would take for another; that key may do this, even if the API reads paths carelessly, and nothing asks for another method
 * or path, or a protocol in which later requests are judged by nobody; and no secret has come along.
 */
export function assertRight(arrived: Arrived, keys: ReadonlyMap<string, NewKey>): void {
  const told = `${arrived.method} ${arrived.url} ${arrived.rawHeaders.join(' | ')}`;
  const key = keys.get(valuesOf(arrived, 'X-Key-Id').join()) ?? assert.fail(`no key: ${told}`);
  const names = arrived.rawHeaders.filter((_, n) => n % 2 === 0).map(name => name.toLowerCase());
  for (const name of names) assert.match(name, /^[a-z0-9-]+$/, told);
  for (const name of IDENTITY) assert.ok(names.filter(one => one === name.toLowerCase()).length <= 1, told);
  assert.deepEqual(valuesOf(arrived, 'X-Key-Permission'), [key.permission], told);
  for (const name of ['Authorization', 'X-API-Key', 'Upgrade', ...METHOD_NAMES, ...PATH_NAMES])
    assert.ok(!names.includes(name.toLowerCase()), told);
  assert.ok(![...keys.values()].some(({ secret }) => told.includes(secret)), told);
  if (key.permission === 'read_only') assert.ok(READING.includes(arrived.method), told);
  if (key.permission !== 'restricted') return;
  assert.ok(['GET', 'HEAD'].includes(arrived.method), told);
  assert.match(readCarelessly(arrived.url), GIVEN_PATH, told);
}

/** A path as the most careless of servers takes it: decoded until nothing is left to decode, tidied, without parameters, in small letters. */
function readCarelessly(url: string): string {
  let path = url.split('?', 1)[0] ?? '';
  for (let before = ''; before !== path; ) {
    before = path;
    path = path.replace(/%[0-9a-f]{2}/gi, code => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  }
  const plain = path.replaceAll('\\', '/').replace(/;[^/]*/g, '');
  return posix
    .normalize(plain)
    .replace(/(?<=.)\/$/, '')
    .toLowerCase();
}
