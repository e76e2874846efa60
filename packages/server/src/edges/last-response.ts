import { type IncomingMessage, ServerResponse } from 'node:http';

/** Responses which end their connection once `isEnding`: also those to requests that began before. */
export function lastResponses(isEnding: () => boolean): typeof ServerResponse {
  return class<Request extends IncomingMessage> extends ServerResponse<Request> {
    /** Whatever Node takes. */
    override writeHead(...head: unknown[]): this {
      if (isEnding()) this.shouldKeepAlive = false;
      return Reflect.apply(super.writeHead, this, head);
    }
  };
}
