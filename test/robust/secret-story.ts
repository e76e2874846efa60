import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { operations } from '@keywright/contract';
import { documentFor } from '../graphql/document.ts';
import { carrier, importAll, MADE, type Made, post, type Signed } from './making-doors.ts';
import type { Secret } from './traces.ts';
import type { Wire } from './wire.ts';

/** What people and machines do with keys, with the secrets that they see on the way. */
export class Story {
  readonly secrets: Secret[] = [];
  readonly sessions: Secret[] = [];
  readonly keys: Made[] = [];
  readonly #at: Signed;
  /** What the doors answered to imports. */
  #imports: Record<string, string> = {};

  constructor(wire: Wire, url: string) {
    this.#at = { wire, url, cookie: '' };
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
    await this.#makeKeys(ada.email);
    for (const [n, key] of this.keys.entries()) await this.#use(key, n);
    for (const [n, key] of this.keys.entries()) if (n % 2 === 0) await this.#takeAway(key, n);
    for (const key of this.keys) await this.#misuse(key);
  }

  /** All that can be read: every list and object, the documents, the pages. */
  async readEverything(): Promise<Record<string, string>> {
    const answers: Record<string, string> = { ...this.#imports };
    const read = async (name: string, path: string, accept = 'application/json') => {
      const headers = [
        ['cookie', this.#at.cookie],
        ['accept', accept],
      ] as const;
      answers[name] = (await this.#at.wire.ask({ method: 'GET', path, headers })).body;
    };
    for (const { name, method, path } of operations) {
      if (method !== 'GET' || path.includes('{')) continue;
      await read(name, `/v1${path}${name.startsWith('list') && name !== 'listSessions' ? '?limit=100' : ''}`);
    }
    for (const { key } of this.keys) await read(`getAccessKey ${key}`, `/v1/access-keys/${key}`);
    for (const page of ['/', '/profile/keys', '/setup', '/openapi.json', '/docs']) await read(page, page, 'text/html');
    for (const name of ['listAccessKeys', 'listEvents', 'whoami'])
      answers[`GraphQL ${name}`] = (await this.#post('/graphql', { query: documentFor(name) })).body;
    await this.#readEvents(answers);
    return answers;
  }

  async #readEvents(answers: Record<string, string>): Promise<void> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path = `/v1/events?limit=100${cursor && `&cursor=${cursor}`}`;
      const { body } = await this.#at.wire.ask({ method: 'GET', path, headers: [['cookie', this.#at.cookie]] });
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
    const answer = await this.#post('/api/auth/sign-in/email', { email, password }, status);
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat();
    if (status !== 200) return;
    this.#at.cookie = cookie?.split(';', 1)[0] ?? '';
    this.sessions.push({ what: 'a session', text: this.#at.cookie.split('=', 2)[1] ?? '' });
  }

  async #invite(password: string): Promise<void> {
    const answer = await this.#post('/v1/members', { name: 'Grace', email: 'grace@example.com' }, 201);
    const token: string = JSON.parse(answer.body).invitation.split('#token=')[1];
    this.secrets.push({ what: 'the invitation', text: token });
    await this.#post('/v1/invitation', { token });
    await this.#post('/v1/invitation/accept', { token, name: 'Grace', password });
    await this.#post('/v1/invitation', { token }, 410);
  }

  async #makeKeys(owner: string): Promise<void> {
    // Two at once, because a command line takes its time to start.
    for (const [door, count, make] of MADE)
      for (let n = 0; n < count; n += 2)
        for (const made of await Promise.all([n, n + 1].map(m => make(this.#at, `${door} ${m}`, m)))) {
          const { key, secret, token } = made;
          assert.equal(secret.length, 40);
          this.#keep({ key, secret, token, pair: `${key}:${secret}` });
          this.#at.calling ??= this.keys[0];
        }
    const { made, said } = await importAll(this.#at, owner);
    for (const key of made) this.#keep(key);
    this.#imports = said;
  }

  #keep(key: Made): void {
    this.keys.push(key);
    this.secrets.push({ what: `the secret of ${key.key}`, text: key.secret });
  }

  async #use(key: Made, n: number): Promise<void> {
    const { status } = await this.#at.wire.ask({ method: 'GET', path: '/v1/auth', headers: carrier(key, n) });
    assert.equal(status, 204);
    const credential = n % 2 === 0 ? key.token : (key.pair ?? key.token);
    const { body } = await this.#post('/v1/verify', { credential, userAgent: 'test', address: '192.0.2.1' });
    assert.equal(JSON.parse(body).allowed, true);
  }

  async #takeAway(key: Made, n: number): Promise<void> {
    if (n === 0) return; // it is the one that calls
    await this.#post(`/v1/access-keys/${key.key}/deactivate`, {});
    const headers = carrier(key, n);
    assert.equal((await this.#at.wire.ask({ method: 'GET', path: '/v1/auth', headers })).status, 401);
    assert.equal((await this.#at.wire.ask({ method: 'GET', path: '/v1/whoami', headers })).status, 401);
    if (n % 4 === 0)
      await this.#at.wire.ask({
        method: 'DELETE',
        path: `/v1/access-keys/${key.key}`,
        headers: [['cookie', this.#at.cookie]],
      });
  }

  /** Mistyped, cut off, and pasted into every wrong place. */
  async #misuse(made: Made): Promise<void> {
    const { key, secret, token } = made;
    const [encoded, part] = [encodeURIComponent(token), encodeURIComponent(secret)];
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
      [`/v1/auth?key=${key}&secret=${part}`, []],
      [`/v1/access-keys?cursor=${encoded}`, [['cookie', this.#at.cookie]]],
      [`/v1/access-keys?token=${encoded}`, [['cookie', this.#at.cookie]]],
      [`/v1/access-keys/${encoded}`, [['cookie', this.#at.cookie]]],
      [`/${part}`, [['user-agent', 'test']]],
      ['/v1/whoami', [['cookie', `keywright.session_token=${secret}`]]],
    ];
    for (const [path, headers] of asks)
      assert.ok((await this.#at.wire.ask({ method: 'GET', path, headers })).status >= 400);
    await this.#post('/v1/verify', { credential: wrong });
    await this.#post('/v1/verify', { credential: `${secret}:${key}` });
    await this.#post('/v1/access-keys', { secret }, 422);
    for (const query of [
      `{ getAccessKey(key: "${token}") { key } }`,
      `{ whoami { ${secret} } }`,
      `{ verify ${token}`,
    ]) {
      const body = JSON.stringify({ query, variables: { [secret]: token }, operationName: secret });
      const headers = [['content-type', 'application/json'], ...carrier(this.keys[0] ?? made, 0)] as const;
      for (const path of ['/graphql', `/graphql?query=${encodeURIComponent(query)}`])
        assert.match((await this.#at.wire.ask({ method: 'POST', path, headers, body })).body, /"errors"/);
    }
  }

  #post(path: string, input: object, status?: number) {
    return post(this.#at, path, input, [], status);
  }
}
