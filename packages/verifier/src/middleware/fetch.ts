import { type AccessKeyOr, judge, type MiddlewareOptions, responseOf, type Verifies, withHeaders } from './shared.ts';

export type { AccessKey, MiddlewareOptions } from './shared.ts';

/** `Rest` is what the server hands over besides the request: Bun its server, Deno where the request came from. */
export interface WithKeyOptions<Rest extends unknown[], Optional extends boolean = boolean>
  extends MiddlewareOptions<Optional> {
  /** From where the request came. Keys that are bound to networks need it. */
  readonly address?: ((request: Request, ...rest: Rest) => string | undefined) | undefined;
}

/** The same handler for requests whose access key is good, with that key; all others get a problem document (RFC 9457). */
export function withKey<Rest extends unknown[] = [], Optional extends boolean = false>(
  verifier: Verifies,
  handler: (request: Request, accessKey: AccessKeyOr<Optional>, ...rest: Rest) => Response | Promise<Response>,
  options: WithKeyOptions<Rest, Optional>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const verdict = await judge(verifier, request, options, options.address?.(request, ...rest));
    if (verdict.refused !== undefined) return responseOf(verdict.refused);
    const response = await handler(request, verdict.accessKey as AccessKeyOr<Optional>, ...rest); // undefined only where it is optional
    return withHeaders(response, verdict.headers);
  };
}
