import { IncomingMessage } from 'node:http';

const NO_HEADERS: NodeJS.Dict<string> = Object.freeze({});
/** Node asks whether it is there, not what it says. */
const LENGTH_ONLY: NodeJS.Dict<string> = Object.freeze({ 'content-length': '' });

/**
 * A request as Node reads it; at the verify doors without what they never use and Node makes for every request: the object of all headers,
 * and a stream for the body. Both cost more than the decision itself. What looks on from outside (diagnostics_channel) sees no headers there.
 * For servers that do not require `Host`. Source: parserOnIncoming of Node's lib/_http_server.js.
 */
export class LeanRequest extends IncomingMessage {
  /** What Node is shown of the headers as long as nobody else looks at them. */
  lean: NodeJS.Dict<string> | undefined;
  isHandedOn = false;
  #parts: Buffer[] | undefined;
  #take: ((body: Buffer) => void) | undefined;

  /** From here on it is a request like any other. */
  handOn(): this {
    this.isHandedOn = true;
    return this;
  }

  /** Has the whole body handed over when it is there, in the place of the stream's events. To be called when the request comes in. */
  takeBody(take: (body: Buffer) => void): void {
    this.#parts = [];
    this.#take = take;
  }

  /** How Node's parser hands over each part of the body, and null at its end. */
  override push(part: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.#parts === undefined) return super.push(part, encoding);
    if (part !== null) this.#parts.push(part);
    else {
      closeReadable.call(this);
      this.#take?.(this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts));
    }
    return true;
  }
}

/** What Node calls for requests without a body, so that no stream has to end. Not among the declared types. */
const closeReadable: () => void = Reflect.get(IncomingMessage.prototype, '_dumpAndCloseReadable');

const { get, set } = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers') ?? {};

// Declared as a property, which no accessor of a class may override.
Object.defineProperty(LeanRequest.prototype, 'headers', {
  get(this: LeanRequest) {
    if (!this.isHandedOn) this.lean ??= leanHeaders(this); // Node asks three times
    return (this.isHandedOn ? undefined : this.lean) ?? get?.call(this);
  },
  set,
});

/** As much of the headers as Node itself asks for: which of those about the body and `Expect` are there. Undefined when it is more than the length. */
function leanHeaders({ rawHeaders, httpVersion, url = '' }: IncomingMessage): NodeJS.Dict<string> | undefined {
  if (httpVersion !== '1.1' || !(url.endsWith('/auth') || url === '/v1/verify')) return undefined;
  let headers = NO_HEADERS;
  // rawHeaders holds names and values in turn.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 14 && name.toLowerCase() === 'content-length') headers = LENGTH_ONLY;
    else if (name.length === 6 && name.toLowerCase() === 'expect') return undefined;
    else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return undefined;
  }
  return headers;
}
