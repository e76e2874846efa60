import type { FastifyPluginAsync } from 'fastify';
import { type AccessKey, judge, type MiddlewareOptions, type Verifies } from './shared.ts';

export type { AccessKey, MiddlewareOptions } from './shared.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is, behind `keywright`. With `optional: true` it may be undefined: ask before you read it. */
    accessKey: AccessKey;
  }
  interface FastifyContextConfig {
    /** Of one route, over those of the plugin: `{ config: { accessKey: { endpoint: 'orders.read' } } }`. */
    accessKey?: MiddlewareOptions;
  }
}

export interface KeywrightOptions extends MiddlewareOptions {
  readonly verifier: Verifies;
}

/**
 * Lets requests pass whose access key is good, with `request.accessKey`; answers all others with a problem document (RFC 9457), before
 * their body is read. The address is `request.ip`, so it follows the setting `trustProxy`.
 */
export const keywright: FastifyPluginAsync<KeywrightOptions> = async (app, { verifier, ...options }) => {
  if (!app.hasRequestDecorator('accessKey')) app.decorateRequest('accessKey');
  app.addHook('onRequest', async (request, reply) => {
    const ofRoute = { ...options, ...request.routeOptions.config.accessKey };
    // Not its `originalUrl`: what `rewriteUrl` made of it is what is handled.
    const { method, url, headers, rawHeaders } = request.raw;
    const verdict = await judge(verifier, { method, url, headers, rawHeaders }, ofRoute, request.ip);
    if (verdict.refused !== undefined) {
      const { status, headers, body } = verdict.refused;
      // As bytes: to text Fastify would add a charset, which problem documents do not have.
      return reply.code(status).headers(headers).send(Buffer.from(body));
    }
    reply.headers(verdict.headers);
    request.accessKey = verdict.accessKey as AccessKey; // undefined only where the user has made it optional
  });
};

// It is for the context in which it is registered, not for one below. Source: fastify-plugin.
Object.assign(keywright, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@keywright/verifier',
  [Symbol.for('plugin-meta')]: { name: '@keywright/verifier', fastify: '5.x' },
});
