import { isInTheClear, limits, parseCredential } from '@keywright/core';
import { fields, parseJson, type Shape, ShapeError } from './shapes.ts';
import { RefusedError, UnavailableError } from './unavailable.ts';

export interface DoorOptions {
  /** Where the server is, such as `https://keys.example.com`. */
  server: string;
  /** An access key for this verifier alone: a token, or `key:secret`. */
  credential: string;
  account?: string | undefined;
  project?: string | undefined;
  /** Lets `server` be one at `http:` beyond this machine. */
  allowInsecure?: boolean | undefined;
  fetch?: typeof fetch | undefined;
}

interface Question<Value> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the endpoint. */
  path: string;
  body?: object;
  answer: Shape<Value>;
  ms?: number;
}

/** The server as a verifier asks it. Whatever goes wrong is an UnavailableError, a refusal a RefusedError. */
export class ServerDoor {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof fetch;

  /** Throws TypeError for options that can never work. */
  constructor({ server, credential, account, project, allowInsecure, fetch = globalThis.fetch }: DoorOptions) {
    const url = URL.parse(server);
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '')
      throw new TypeError('server must be the address of a Keywright server, such as https://keys.example.com');
    if (isInTheClear(url) && allowInsecure !== true)
      throw new TypeError(
        'server must begin with https: over http: anybody on the way can read the credential and say which keys are good (allowInsecure: true where nobody can be)',
      );
    if (parseCredential(credential) === undefined)
      throw new TypeError('credential must be an access key: its token, or key:secret');
    const scheme = credential.includes(':') ? `Basic ${btoa(credential)}` : `Bearer ${credential}`;
    this.#base = `${url.href.replace(/\/+$/, '')}/v1${project === undefined ? '' : `/projects/${project}`}`;
    this.#headers = { authorization: scheme, ...(account !== undefined && { 'keywright-account': account }) };
    this.#fetch = fetch;
  }

  /** Asks, and once more where the connection broke: all that a verifier asks may be asked twice. */
  async ask<Value>(question: Question<Value>): Promise<Value> {
    const signal = AbortSignal.timeout(question.ms ?? limits.verifierRequestMs);
    try {
      const text = await this.#askText(question, signal).catch(error => {
        if (signal.aborted || error instanceof RefusedError || error instanceof ShapeError) throw error;
        return this.#askText(question, signal);
      });
      return question.answer(parseJson(text, question.path), 'it');
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** The body of a stream of events. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    try {
      const response = await this.#send({ method: 'GET', path }, 'text/event-stream', signal);
      const type = response.headers.get('content-type') ?? '';
      if (response.body === null || !type.startsWith('text/event-stream'))
        throw new UnavailableError('What answers at the address of the server sends no stream of events.');
      return response.body;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #askText(question: Question<unknown>, signal: AbortSignal): Promise<string> {
    return textOf(await this.#send(question, 'application/json', signal), limits.answerBytesMax);
  }

  async #send(
    { method, path, body }: Omit<Question<unknown>, 'answer'>,
    accept: string,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers = { ...this.#headers, accept, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    // A credential goes to nobody else: a redirect is an error.
    const response = await this.#fetch(`${this.#base}${path}`, { method, headers, ...sent, signal, redirect: 'error' });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

async function refusalOf(response: Response): Promise<RefusedError> {
  try {
    const { code, detail } = fields(parseJson(await textOf(response, limits.feedEventBytesMax), 'it'), 'it');
    const said = typeof detail === 'string' ? detail.slice(0, limits.descriptionCharsMax) : response.statusText;
    return new RefusedError(response.status, typeof code === 'string' ? code : undefined, said);
  } catch {
    return new RefusedError(response.status, undefined, response.statusText);
  }
}

async function textOf({ body }: Response, bytesMax: number): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = body.getReader();
  let text = '';
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw new UnavailableError('The answer of the server is longer than any of ours.');
    }
    text += decoder.decode(value, { stream: true });
  }
}

function unavailable(error: unknown): UnavailableError {
  if (error instanceof UnavailableError) return error;
  if (error instanceof ShapeError) return new UnavailableError(error.message, { cause: error });
  const { name = '', message = '', cause } = error instanceof Error ? error : {};
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
  const said = name === 'TimeoutError' ? 'it did not answer in time' : reason || name || 'unknown reason';
  return new UnavailableError(`The server can not be reached: ${said}.`, { cause: error });
}
