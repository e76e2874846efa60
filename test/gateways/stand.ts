import assert from 'node:assert/strict';
import type { InputOf, OperationName, OutputOf } from '@keywright/contract';
import { run } from '@keywright/server';
import { callOf, makeAccount, makeKey, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';
import { type Answer, ask, type Question } from './ask.ts';
import { type Gateway, settingsOf } from './documented.ts';
import { type Arrived, type EchoServer, startEchoServer, valuesOf } from './echo-server.ts';
import { assertRight, GIVEN, IDENTITY, type NewKey, SIBLINGS } from './rights.ts';

/** The refusal is Keywright's own, whole, and its type means the same wherever it is read. Source: RFC 9457. */
export function assertProblem({ status, headers, body }: Answer, code: string): void {
  assert.equal(headers['content-type'], 'application/problem+json');
  assert.equal(headers['cache-control'], 'no-store');
  const said = { type: `urn:keywright:error:${code}`, status, code, requestId: headers['x-request-id'] };
  assert.partialDeepStrictEqual(JSON.parse(body), said);
}

export const portOf = (url: string) => Number(new URL(url).port);

/** A client's side, a gateway as documented, Keywright as the document starts it, and an API that takes down what arrives. */
export class Stand implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly keywright: TestApp;
  readonly account: TestAccount;
  readonly api: EchoServer;
  /** The port of the gateway that asks at `/v1/auth`. */
  readonly port: number;
  /** All keys that were made, by their ids. */
  readonly keys = new Map<string, NewKey>();
  readonly #opened: AsyncDisposableStack;

  private constructor(
    gateway: Gateway,
    opened: AsyncDisposableStack,
    parts: Pick<Stand, 'keywright' | 'account' | 'api' | 'port'>,
  ) {
    this.gateway = gateway;
    this.#opened = opened;
    this.keywright = parts.keywright;
    this.account = parts.account;
    this.api = parts.api;
    this.port = parts.port;
  }

  static async make(gateway: Gateway): Promise<Stand> {
    await using stack = new AsyncDisposableStack();
    const keywright = stack.use(await startTestApp('sqlite', settingsOf(gateway.document)));
    const account = await makeAccount(keywright.app, 'Acme');
    const api = stack.use(await startEchoServer());
    const { port } = stack.use(await gateway.start({ keywright: portOf(keywright.url), api: api.port }));
    return new Stand(gateway, stack.move(), { keywright, account, api, port });
  }

  /** One more gateway of the kind, which asks for a place such as `/apis/api_…`. Its port. */
  async at(place: string): Promise<number> {
    const between = { keywright: portOf(this.keywright.url), api: this.api.port, place };
    return this.#opened.use(await this.gateway.start(between)).port;
  }

  run<Name extends OperationName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
    return run(this.keywright.app, name, input, callOf(this.account.callers.owner));
  }

  async create(input: InputOf<'createAccessKey'> = {}): Promise<NewKey> {
    return this.know(await makeKey(this.keywright.app, this.account.callers.owner, input));
  }

  know(key: NewKey): NewKey {
    this.keys.set(key.key, key);
    return key;
  }

  /** An API with some endpoints, a gateway in front of it, and a key that may use one of them. */
  async restricted(): Promise<{ port: number; key: NewKey }> {
    const { id } = await this.run('createApi', { name: 'Shop' });
    for (const path of ['/orders/{order}', '/orders/{order}/refund', '/admin', ...SIBLINGS])
      await this.run('createEndpoint', { api: id, method: 'GET', path });
    return { port: await this.at(`/apis/${id}`), key: await this.create({ grants: { [id]: [GIVEN] } }) };
  }

  /** Sends a request; whatever of it reaches the API has the right to. */
  async ask(question: Question, port = this.port): Promise<{ answer: Answer; arrived: Arrived[] }> {
    const count = this.api.arrived.length;
    const answer = await ask(port, question);
    const arrived = this.api.arrived.slice(count);
    for (const one of arrived) assertRight(one, this.keys);
    return { answer, arrived };
  }

  /** The request passes: the API got it once, and its answer came back. Returns what it got. */
  async passes(question: Question, port?: number): Promise<Arrived> {
    const { answer, arrived } = await this.ask(question, port);
    const [one, ...more] = arrived;
    assert.equal(answer.status, 200, `${question.method} ${question.path}: ${answer.status} ${answer.body}`);
    assert.deepEqual(more, []);
    return one ?? assert.fail('the API was not reached');
  }

  /** The request is refused for that reason, which a problem document tells as well, and the API has not seen it. */
  async refused(question: Question, status: number, reason: string | undefined, port?: number): Promise<Answer> {
    const { answer, arrived } = await this.ask(question, port);
    const told = `${question.method} ${question.path}`;
    assert.deepEqual([answer.status, answer.headers['x-key-reason']], [status, reason], told);
    assert.deepEqual(arrived, [], 'the API was reached');
    if (reason !== undefined && question.method !== 'HEAD' && this.gateway.hidesProblem !== 'always')
      assertProblem(answer, reason);
    return answer;
  }

  assertIdentity(arrived: Arrived, key: NewKey, account = this.account.id): void {
    const expected = [key.key, key.owner.id, account, key.project ?? '', key.permission];
    for (const [n, name] of IDENTITY.entries()) {
      const isLeftOut = expected[n] === '' && this.gateway.dropsEmpty === true;
      assert.deepEqual(valuesOf(arrived, name), isLeftOut ? [] : [expected[n]], name);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
