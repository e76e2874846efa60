import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type OutputOf } from '@keywright/contract';
import { hash as bcrypt } from 'bcryptjs';
import { documentFor } from '../graphql/document.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { KeywrightProcess } from './server-process.ts';
import type { Answer, Wire } from './wire.ts';

/** What whoever has a key knows of it. */
export interface Made {
  key: string;
  secret: string;
  /** What goes into Bearer, X-API-Key and a request to verify. */
  token: string;
  /** What Basic encodes, where the key has two parts. */
  pair?: string;
}

/** A person who is signed in, and a key of theirs. */
export interface Signed {
  wire: Wire;
  url: string;
  cookie: string;
  calling?: Made;
}

type Headers = readonly (readonly [name: string, value: string])[];
type MakeOne = (at: Signed, name: string, n: number) => Promise<OutputOf<'createAccessKey'>>;

/** The doors at which keys are made one by one, and how many at each: 170 in all. */
export const MADE: [door: string, count: number, make: MakeOne][] = [
  ['session', 30, bySession],
  ['console', 30, byConsole],
  ['key', 30, byKey],
  ['client', 30, byClient],
  ['GraphQL', 30, byGraphql],
  ['command line', 20, byCommandLine],
];

/** Posts JSON with the session. Any success will do, unless a status is named. */
export async function post(at: Signed, path: string, input: object, more: Headers = [], status?: number) {
  const headers = [['content-type', 'application/json'], ['cookie', at.cookie], ...more] as const;
  return sent(await at.wire.ask({ method: 'POST', path, headers, body: JSON.stringify(input) }), status);
}

/** The same with a key, in the carrier whose turn it is. */
export async function postByKey(at: Signed, path: string, input: object, n: number): Promise<Answer> {
  const headers = [...carrier(callingKey(at), n), ['content-type', 'application/json']] as const;
  return sent(await at.wire.ask({ method: 'POST', path, headers, body: JSON.stringify(input) }));
}

function sent(answer: Answer, status?: number): Answer {
  if (status === undefined) assert.ok(answer.status < 300, answer.body);
  else assert.equal(answer.status, status, answer.body);
  return answer;
}

function callingKey({ calling }: Signed): Made {
  return calling ?? assert.fail('no key has been made yet');
}

/** The carriers in turn. */
export function carrier({ token, pair }: Made, n: number): [string, string][] {
  if (n % 3 === 0) return [['authorization', `Bearer ${token}`]];
  if (n % 3 === 1 || pair === undefined) return [['x-api-key', token]];
  return [['authorization', `Basic ${Buffer.from(pair).toString('base64')}`]];
}

async function bySession(at: Signed, name: string, n: number) {
  const retry: [string, string][] = n % 3 === 0 ? [['idempotency-key', name.replace(' ', '-')]] : [];
  const { body } = await post(at, '/v1/access-keys', { name }, retry, 201);
  if (n % 3 === 0) await post(at, '/v1/access-keys', { name }, retry, 409);
  return JSON.parse(body);
}

/** As Chromium sends it for the console, and as it would send it for a page of another site. */
async function byConsole(at: Signed, name: string) {
  const fromPage = (origin: string, site: string): Headers => [
    ['origin', origin],
    ['referer', `${origin}/profile/keys`],
    ['sec-fetch-site', site],
    ['sec-fetch-mode', 'cors'],
    ['sec-fetch-dest', 'empty'],
  ];
  await post(at, '/v1/access-keys', { name }, fromPage('https://evil.example', 'cross-site'), 403);
  return JSON.parse((await post(at, '/v1/access-keys', { name }, fromPage(at.url, 'same-origin'), 201)).body);
}

async function byKey(at: Signed, name: string, n: number) {
  return JSON.parse((await postByKey(at, '/v1/access-keys', { name }, n)).body);
}

function byClient(at: Signed, name: string) {
  return createClient({ server: at.url, token: callingKey(at).token }).createAccessKey({ name });
}

async function byGraphql(at: Signed, name: string, n: number) {
  const asked = { query: documentFor('createAccessKey'), variables: { name } };
  const { body } = n % 2 === 0 ? await post(at, '/graphql', asked) : await postByKey(at, '/graphql/v1', asked, n);
  return JSON.parse(body).data.createAccessKey;
}

async function byCommandLine(at: Signed, name: string) {
  return JSON.parse(await commandLine(at, ['keys', 'create', '--name', name, '--json']));
}

async function commandLine(at: Signed, words: string[]): Promise<string> {
  const env = { KEYWRIGHT_SERVER: at.url, KEYWRIGHT_TOKEN: callingKey(at).token };
  await using command = new KeywrightProcess({ words, env });
  const { code, stdout, stderr } = await command.ended;
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

/** Keys of other systems, of which only their users know the text. */
interface Foreign {
  name: string;
  /** The part that is secret. */
  secret: string;
  text: string;
  pair?: string;
}

/** 30 keys of another system, by all that can be known of them and through every door, and what the doors said of it. */
export async function importAll(at: Signed, owner: string): Promise<{ made: Made[]; said: Record<string, string> }> {
  const plain = foreign('plain', 10).map(one => ({ ...one, row: { secret: one.text } }));
  const hashed = foreign('hashed', 8).map(one => ({ ...one, row: { hash: sha256(one.text) } }));
  const typed = foreign('typed', 10).map(one => ({ ...one, row: { secret: one.text } }));
  const slow = await Promise.all(foreign('slow', 2).map(withId));
  const rowsOf = (some: { name: string; row: object }[]) => some.map(({ name, row }) => ({ owner, name, ...row }));

  const said: Record<string, string> = {};
  const refused = { owner: 'nobody@example.com', secret: plain[0]?.text, permission: plain[1]?.text };
  const rows = [...rowsOf(plain), ...rowsOf(plain.slice(0, 1)), refused];
  said.plain = (await post(at, '/v1/access-keys/import', { rows })).body;
  assert.partialDeepStrictEqual(JSON.parse(said.plain), { imported: 10, existing: 1, refused: [{ row: 11 }] });
  const variables = { rows: rowsOf(hashed), scheme: { algorithm: 'sha256' } };
  said.hashed = (await post(at, '/graphql', { query: documentFor('importAccessKeys'), variables })).body;
  const scheme = { algorithm: 'bcrypt', separator: '.' };
  said.slow = (await postByKey(at, '/v1/access-keys/import', { rows: rowsOf(slow), scheme }, 0)).body;
  using folder = tempFolder();
  const file = join(folder.path, 'keys.csv');
  const lines = typed.map(({ name, text }) => `${owner},${name},${text}`);
  writeFileSync(file, ['owner,name,secret', ...lines, ''].join('\n'));
  said.typed = await commandLine(at, ['keys', 'import', file]);

  const ids = await idsByName(at);
  const made = [...plain, ...hashed, ...slow, ...typed].map(({ name, secret, text, pair }: Foreign) => {
    const key = ids.get(name) ?? assert.fail(`${name} is not there`);
    return { key, secret, token: text, ...(pair !== undefined && { pair }) };
  });
  return { made, said };
}

/** In forms that other systems have, of which none looks like ours. */
function foreign(kind: string, count: number): Foreign[] {
  return Array.from({ length: count }, (_, n) => {
    const random = randomBytes(24);
    const secret = [random.toString('base64url'), random.toString('hex'), random.toString('base64')][n % 3] ?? '';
    return { name: `imported ${kind} ${n}`, secret, text: n % 3 === 1 ? `sk_live_${secret}` : secret };
  });
}

/** Bcrypt is found by an id that is no secret. */
async function withId({ name, secret }: Foreign) {
  const id = `ak${randomBytes(6).toString('hex')}`;
  return { name, secret, text: `${id}.${secret}`, pair: `${id}:${secret}`, row: { id, hash: await bcrypt(secret, 4) } };
}

async function idsByName({ wire, cookie }: Signed): Promise<Map<string, string>> {
  const path = '/v1/access-keys?text=imported&limit=100';
  const { body } = await wire.ask({ method: 'GET', path, headers: [['cookie', cookie]] });
  const { items }: OutputOf<'listAccessKeys'> = JSON.parse(body);
  return new Map(items.map(({ name, key }) => [name ?? '', key]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
