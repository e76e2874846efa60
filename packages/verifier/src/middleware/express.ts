import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccessKey, judge, type MiddlewareOptions, type Verifies } from './shared.ts';

export type { AccessKey, MiddlewareOptions } from './shared.ts';

declare global {
  namespace Express {
    interface Request {
      /** Whose request it is, behind `keywright`. With `optional: true` it may be undefined: ask before you read it. */
      accessKey: AccessKey;
    }
  }
}

/** What of the request is used, in Express 4 and 5. */
type Asking = IncomingMessage & { baseUrl?: string; ip?: string | undefined; accessKey?: AccessKey | undefined };
type Middleware = (request: Asking, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Lets requests pass whose access key is good, with `request.accessKey`; answers all others with a problem document (RFC 9457). The address
 * is `request.ip`, so it follows the setting `trust proxy`.
 */
export function keywright(verifier: Verifies, options: MiddlewareOptions): Middleware {
  return (request, response, next) => {
    const judged = judge(verifier, request, options, request.ip).then(verdict => {
      if (verdict.refused !== undefined) {
        const { status, headers, body } = verdict.refused;
        response.writeHead(status, headers).end(body);
        return false;
      }
      for (const [name, text] of Object.entries(verdict.headers)) response.setHeader(name, text);
      request.accessKey = verdict.accessKey;
      return true;
    });
    judged.then(passes => passes && next(), next);
  };
}
