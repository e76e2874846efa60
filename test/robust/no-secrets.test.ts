import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { format, inspect } from 'node:util';
import { type Client, createClient, type OutputOf, operations } from '@keywright/contract';
import { KeySecret } from '@keywright/core';
import { Client as Postgres } from 'pg';
import { pino } from 'pino';
import { DATABASES } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { KeywrightProcess } from './server-process.ts';
import { type Secret, Traces } from './traces.ts';
import { Wire } from './wire.ts';

/** Keys made through each door: 200 in all. */
const MADE = { session: 60, key: 60, client: 60, commandLine: 20 };

type NewKey = OutputOf<'createAccessKey'>;

describe('no secret is anywhere but in the answer that shows it', () => {
  for (const kind of DATABASES) {
    test(`after 200 keys on ${kind}`, async () => {
      using folder = tempFolder();
      await using database = kind === 'postgres' ? await freshDatabase() : undefined;
      const env = { KEYWRIGHT_DATA: folder.path, KEYWRIGHT_LOG: 'trace', DATABASE_URL: database?.url ?? '' };
      await using server = new KeywrightProcess({ env });
      using wire = new Wire(await server.listening());
      const story = new Story(wire, await server.listening());
      await story.play(/#token=(\S+)/.exec(server.stdout)?.[1] ?? '');

      const traces = new Traces(story.secrets);
      assert.equal(story.keys.length, 200);
      const answers = await story.readEverything();
      const places = { ...answers, ...filesIn(folder.path), database: await dump(database?.url) };
      const { stdout, stderr } = await server.end('SIGTERM');
      const [banner, ...said] = stdout.split('/setup#token=');
      Object.assign(places, filesIn(folder.path, 'after the end: '), {
        stderr,
        stdout: banner + said.join('').slice(32),
      });

      const found = Object.entries(places).flatMap(([place, text]) =>
        traces.in(text).map(what => `${what} in ${place}`),
      );
      assert.deepEqual(found, []);
      // The database keeps sessions, because that is how a cookie is known again; nothing else may show one.
      const sessions = new Traces(story.sessions);
      for (const text of [stderr, ...Object.values(answers)]) assert.deepEqual(sessions.in(text), []);
      checkTheSearch(story, traces, places);
    });
  }
});

/** The search finds what is there, and there is something to search in. */
function checkTheSearch(story: Story, traces: Traces, places: Record<string, Buffer | string>): void {
  const [key] = story.keys;
  assert.ok(key);
  const basic = Buffer.from(`${key.key}:${key.secret}`);
  for (const planted of [key.token, basic.toString('base64'), basic.toString('hex'), Buffer.from(key.secret, 'base64')])
    assert.deepEqual(traces.in(Buffer.concat([Buffer.from('…'), Buffer.from(planted)])), [`the secret of ${key.key}`]);
  const ids = new Traces([{ what: 'id', text: key.key }]);
  const holders = Object.entries(places).filter(([, text]) => ids.in(text).length > 0);
  const names = holders.map(([place]) => place).join(' ');
  assert.match(names, /listAccessKeys/);
  assert.match(names, /listEvents/);
  assert.match(names, /keywright\.db|database/);
  assert.match(String(places.stderr), /"requestId"/, 'nothing was logged');
}

/** What people and machines do with keys, with the secrets that they see on the way. */
class Story {
  readonly secrets: Secret[] = [];
  readonly sessions: Secret[] = [];
  readonly keys: NewKey[] = [];
  readonly #wire: Wire;
  readonly #url: string;
  #cookie = '';

  constructor(wire: Wire, url: string) {
    this.#wire = wire;
    this.#url = url;
  }

  async play(setupToken: string): Promise<void> {
    const [password, next, invited] = [
      this.#secret('password'),
      this.#secret('new password'),
      this.#secret('password'),
    ];
    this.secrets.push({ what: 'the setup token', text: setupToken });
    const ada = { name: 'Ada', email: 'ada@example.com', password };
    await this.#post('/v1/setup', { token: setupToken, ...ada });
    await this.#signIn(ada.email, password);
    await this.#signIn(ada.email, next, 401);
    await this.#post('/v1/profile/password', { currentPassword: password, newPassword: next });
    await this.#invite(invited);
    await this.#makeKeys();
    for (const [n, key] of this.keys.entries()) await this.#use(key, n);
    for (const [n, key] of this.keys.entries()) if (n % 2 === 0) await this.#takeAway(key, n);
    for (const key of this.keys) await this.#misuse(key);
  }

  /** All that can be read: every list and object, the documents, the pages. */
  async readEverything(): Promise<Record<string, string>> {
    const answers: Record<string, string> = {};
    const read = async (name: string, path: string, accept = 'application/json') => {
      const headers = [
        ['cookie', this.#cookie],
        ['accept', accept],
      ] as const;
      answers[name] = (await this.#wire.ask({ method: 'GET', path, headers })).body;
    };
    for (const { name, method, path } of operations) {
      if (method !== 'GET' || path.includes('{')) continue;
      await read(name, `/v1${path}${name.startsWith('list') && name !== 'listSessions' ? '?limit=100' : ''}`);
    }
    for (const { key } of this.keys) await read(`getAccessKey ${key}`, `/v1/access-keys/${key}`);
    for (const page of ['/', '/profile/keys', '/setup', '/openapi.json', '/docs']) await read(page, page, 'text/html');
    await this.#readEvents(answers);
    return answers;
  }

  async #readEvents(answers: Record<string, string>): Promise<void> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path = `/v1/events?limit=100${cursor && `&cursor=${cursor}`}`;
      const { body } = await this.#wire.ask({ method: 'GET', path, headers: [['cookie', this.#cookie]] });
      answers[`listEvents from ${cursor}`] = body;
      cursor = JSON.parse(body).nextCursor;
    }
  }

  #secret(what: string): string {
    const text = randomBytes(24).toString('base64url');
    this.secrets.push({ what: `the ${what}`, text });
    return text;
  }

  async #signIn(email: string, password: string, status = 200): Promise<void> {
    const answer = await this.#post('/api/auth/sign-in/email', { email, password }, [], status);
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat();
    if (status !== 200) return;
    this.#cookie = cookie?.split(';', 1)[0] ?? '';
    this.sessions.push({ what: 'a session', text: this.#cookie.split('=', 2)[1] ?? '' });
  }

  async #invite(password: string): Promise<void> {
    const answer = await this.#post('/v1/members', { name: 'Grace', email: 'grace@example.com' }, [], 201);
    const token: string = JSON.parse(answer.body).invitation.split('#token=')[1];
    this.secrets.push({ what: 'the invitation', text: token });
    await this.#post('/v1/invitation', { token });
    await this.#post('/v1/invitation/accept', { token, name: 'Grace', password });
    await this.#post('/v1/invitation', { token }, [], 410);
  }

  async #makeKeys(): Promise<void> {
    for (let n = 0; n < MADE.session; n++) {
      const retry: [string, string][] = n % 3 === 0 ? [['idempotency-key', `session-${n}`]] : [];
      const { body } = await this.#post('/v1/access-keys', { name: `session ${n}` }, retry, 201);
      this.#keep(JSON.parse(body));
      if (n % 3 === 0) await this.#post('/v1/access-keys', { name: `session ${n}` }, retry, 409);
    }
    const [calling] = this.keys;
    assert.ok(calling);
    for (let n = 0; n < MADE.key; n++) {
      const body = JSON.stringify({ name: `key ${n}` });
      const headers = [...carrier(calling, n), ['content-type', 'application/json']] as const;
      const answer = await this.#wire.ask({ method: 'POST', path: '/v1/access-keys', headers, body });
      this.#keep(JSON.parse(answer.body));
    }
    const client: Client = createClient({ server: this.#url, token: calling.token });
    for (let n = 0; n < MADE.client; n++) this.#keep(await client.createAccessKey({ name: `client ${n}` }));
    const half = Array.from({ length: MADE.commandLine / 2 }, (_, n) => n);
    await Promise.all(
      [half, half].map(async numbers => {
        for (const n of numbers) this.#keep(await this.#byCommandLine(calling, `command line ${n}`));
      }),
    );
  }

  async #byCommandLine(calling: NewKey, name: string): Promise<NewKey> {
    const env = { KEYWRIGHT_SERVER: this.#url, KEYWRIGHT_TOKEN: calling.token };
    await using command = new KeywrightProcess({ words: ['keys', 'create', '--name', name, '--json'], env });
    const { code, stdout, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  #keep(key: NewKey): void {
    assert.equal(key.secret?.length, 40, JSON.stringify(key));
    this.keys.push(key);
    this.secrets.push({ what: `the secret of ${key.key}`, text: key.secret });
  }

  async #use(key: NewKey, n: number): Promise<void> {
    const { status } = await this.#wire.ask({ method: 'GET', path: '/v1/auth', headers: carrier(key, n) });
    assert.equal(status, 204);
    const credential = n % 2 === 0 ? key.token : `${key.key}:${key.secret}`;
    const { body } = await this.#post('/v1/verify', { credential, userAgent: 'test', address: '192.0.2.1' });
    assert.equal(JSON.parse(body).allowed, true);
  }

  async #takeAway(key: NewKey, n: number): Promise<void> {
    if (n === 0) return; // it is the one that calls
    await this.#post(`/v1/access-keys/${key.key}/deactivate`, {});
    const headers = carrier(key, n);
    assert.equal((await this.#wire.ask({ method: 'GET', path: '/v1/auth', headers })).status, 401);
    assert.equal((await this.#wire.ask({ method: 'GET', path: '/v1/whoami', headers })).status, 401);
    if (n % 4 === 0)
      await this.#wire.ask({
        method: 'DELETE',
        path: `/v1/access-keys/${key.key}`,
        headers: [['cookie', this.#cookie]],
      });
  }

  /** Mistyped, cut off, and pasted into every wrong place. */
  async #misuse({ key, secret, token }: NewKey): Promise<void> {
    const wrong = `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`;
    const asks: [path: string, headers: [string, string][]][] = [
      ['/v1/auth', [['authorization', `Bearer ${wrong}`]]],
      [
        '/v1/auth',
        [
          ['authorization', `Bearer ${token}`],
          ['x-api-key', token],
        ],
      ],
      ['/v1/whoami', [['authorization', `Token ${token}`]]],
      [`/v1/auth?key=${key}&secret=${secret}`, []],
      [`/v1/access-keys?cursor=${token}`, [['cookie', this.#cookie]]],
      [`/v1/access-keys?token=${token}`, [['cookie', this.#cookie]]],
      [`/v1/access-keys/${token}`, [['cookie', this.#cookie]]],
      [`/${secret}`, [['user-agent', 'test']]],
      ['/v1/whoami', [['cookie', `keywright.session_token=${secret}`]]],
    ];
    for (const [path, headers] of asks)
      assert.ok((await this.#wire.ask({ method: 'GET', path, headers })).status >= 400);
    await this.#post('/v1/verify', { credential: wrong });
    await this.#post('/v1/verify', { credential: `${secret}:${key}` });
    await this.#post('/v1/access-keys', { secret }, [], 422);
  }

  async #post(path: string, input: object, more: [string, string][] = [], status?: number) {
    const headers = [['content-type', 'application/json'], ['cookie', this.#cookie], ...more] as const;
    const answer = await this.#wire.ask({ method: 'POST', path, headers, body: JSON.stringify(input) });
    if (status === undefined) assert.ok(answer.status < 300, answer.body);
    else assert.equal(answer.status, status, answer.body);
    return answer;
  }
}

/** The three carriers in turn. */
function carrier({ key, secret, token }: NewKey, n: number): [string, string][] {
  if (n % 3 === 0) return [['authorization', `Bearer ${token}`]];
  if (n % 3 === 1) return [['x-api-key', token]];
  return [['authorization', `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`]];
}

function filesIn(folder: string, prefix = ''): Record<string, Buffer> {
  const files = globSync('**', { cwd: folder }).filter(path => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map(path => [prefix + path, readFileSync(join(folder, path))]));
}

/** Every row of every table as text. */
async function dump(url: string | undefined): Promise<string> {
  if (url === undefined) return '';
  const client = new Postgres(url);
  await client.connect();
  try {
    const { rows } = await client.query(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const texts = [];
    for (const { name } of rows)
      texts.push(JSON.stringify((await client.query(`select t::text as row from "${name}" t`)).rows));
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

test('a KeySecret is redacted wherever it is put into words', () => {
  const plain = 'VqY8cUzr3n0pXkTe6bW1sJdLh5Gm2fRa9oQi7EtA';
  const secret = new KeySecret(plain);
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: line => void lines.push(line) });
  log.info(secret, 'alone');
  log.info(
    { secret, deep: { list: [secret], map: new Map([['a', secret]]) } },
    'within %s %o %j',
    secret,
    secret,
    secret,
  );
  log.error({ err: Object.assign(new Error(`for ${secret}`, { cause: secret }), { secret }) });
  lines.push(
    format('%s %o %O %j', secret, secret, secret, secret),
    inspect({ secret }, { depth: 9, showHidden: true }),
  );
  lines.push(
    String(secret),
    JSON.stringify({ secret }),
    `${secret}`,
    Object.values(secret).join(),
    String(Object.entries(secret)),
  );
  assert.deepEqual(new Traces([{ what: 'secret', text: plain }]).in(lines.join('\n')), []);
  assert.match(lines.join('\n'), /redacted/);
});
