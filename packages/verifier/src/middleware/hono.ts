import type { Context, MiddlewareHandler } from 'hono';
import { type AccessKeyOr, judge, type MiddlewareOptions, responseOf, type Verifies } from './shared.ts';

export type { AccessKey, MiddlewareOptions } from './shared.ts';

export interface KeywrightOptions<Optional extends boolean = boolean> extends MiddlewareOptions<Optional> {
  /** From where the request came, such as `c => getConnInfo(c).remote.address`. Keys that are bound to networks need it. */
  readonly address?: ((c: Context) => string | undefined) | undefined;
}

/** For `new Hono<{ Variables: AccessKeyVariables }>()`; handlers that are chained behind `keywright` know it without. */
export interface AccessKeyVariables<Optional extends boolean = false> {
  accessKey: AccessKeyOr<Optional>;
}

/** Lets requests pass whose access key is good, with `c.get('accessKey')`; answers all others with a problem document (RFC 9457). */
export function keywright<Optional extends boolean = false>(
  verifier: Verifies,
  options: KeywrightOptions<Optional>,
): MiddlewareHandler<{ Variables: AccessKeyVariables<Optional> }> {
  return async (c, next) => {
    const verdict = await judge(verifier, c.req.raw, options, options.address?.(c));
    if (verdict.refused !== undefined) return responseOf(verdict.refused);
    for (const [name, text] of Object.entries(verdict.headers)) c.header(name, text);
    c.set('accessKey', verdict.accessKey as AccessKeyOr<Optional>); // undefined only where it is optional
    await next();
  };
}
