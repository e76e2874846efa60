import assert from 'node:assert/strict';
import { ERRORS, type Reason } from '@keywright/core';
import { type Answer, Wire } from './wire.ts';

/** What a gateway or an application asks about one request. */
export interface Question {
  credential: string;
  method?: string;
  address?: string;
  project?: string;
}

/** Both verify endpoints of one server, asked in one form: the reason, or null when the key may pass. */
export class Doors implements Disposable {
  readonly #wire: Wire;

  constructor(url: string) {
    this.#wire = new Wire(url);
  }

  /** Asks at both, which must say the same. */
  async ask(question: Question): Promise<string | null> {
    const [forwarded, json] = [await this.forwardAuth(question), await this.json(question)];
    assert.equal(forwarded, json, 'the two endpoints disagree');
    return json;
  }

  async json({ credential, ...asked }: Question): Promise<string | null> {
    const body = JSON.stringify({ credential, ...asked });
    const headers = [['content-type', 'application/json']] as const;
    const answer = await this.#wire.ask({ method: 'POST', path: '/v1/verify', headers, body });
    assert.equal(answer.status, 200, answer.body);
    return JSON.parse(answer.body).reason;
  }

  /** As a gateway asks that is a trusted hop. */
  async forwardAuth({ credential, method, address, project }: Question): Promise<string | null> {
    const headers: [string, string][] = [['authorization', `Bearer ${credential}`]];
    if (method !== undefined) headers.push(['x-forwarded-method', method]);
    if (address !== undefined) headers.push(['x-forwarded-for', address]);
    const path = project === undefined ? '/v1/auth' : `/v1/projects/${project}/auth`;
    return reasonOf(await this.get(path, headers));
  }

  get(path: string, headers: readonly (readonly [string, string])[], method = 'GET'): Promise<Answer> {
    return this.#wire.ask({ method, path, headers });
  }

  [Symbol.dispose](): void {
    this.#wire[Symbol.dispose]();
  }
}

/** The reason of an answer of forward-auth, which must be as it is promised in every part. */
export function reasonOf({ status, headers, body }: Answer): string | null {
  if (status === 204) return null;
  const reason = headers['x-key-reason'];
  assert.equal(typeof reason, 'string', `${status} ${body}`);
  const entry = ERRORS[reason as Reason];
  assert.equal(status, entry.status);
  assert.equal(headers['content-type'], 'application/problem+json');
  const problem = JSON.parse(body);
  assert.deepEqual([problem.code, problem.status, problem.title], [reason, status, entry.title]);
  const challenges = status === 401 ? ['Basic realm="Keywright", charset="UTF-8", Bearer realm="Keywright"'] : [];
  assert.deepEqual([headers['www-authenticate'] ?? []].flat(), challenges);
  return problem.code;
}
