import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { actorOf } from '../callers/caller.ts';
import { wantsStream } from './changes-stream.ts';
import { notedCaller } from './request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name by which requests of the route are counted and told. */
    operation?: string;
  }
}

/** Counts each answer, and writes a line about it: at `info` for those of the management API, else at `debug`. */
export function logRequests(server: FastifyInstance, app: App): void {
  server.addHook('onResponse', async (request, reply) => {
    const { operation } = request.routeOptions.config;
    if (!isStream(operation, request, reply))
      app.counted.requests.answered(operation ?? 'other', reply.statusCode, reply.elapsedTime);
    app.log[operation === undefined ? 'debug' : 'info'](lineOf(operation, request, reply), 'request');
  });
}

/** A stream goes on as long as somebody follows. */
function isStream(operation: string | undefined, request: FastifyRequest, reply: FastifyReply): boolean {
  return operation === 'readChanges' && reply.statusCode === 200 && wantsStream(request);
}

function lineOf(operation: string | undefined, request: FastifyRequest, reply: FastifyReply) {
  const { id: requestId, method } = request;
  const caller = notedCaller(request);
  const { kind, id } = caller === undefined ? {} : actorOf(caller);
  const path = pathToLog(request);
  const ms = Math.round(reply.elapsedTime * 10) / 10;
  const by = kind && { kind, id, account: caller?.account };
  return { requestId, operation, method, path, status: reply.statusCode, ms, caller: by };
}

const ID = /^(KW[A-Z2-7]{18}|[a-z]{3}_[a-z2-7]{20})$/i;

/**
 * The route, with the ids that it was asked for. Whoever pastes a secret into an address shall not find it in the log, and an imported
 * one can look like anything: so nothing else of the address is there.
 */
function pathToLog({ routeOptions, params }: FastifyRequest): string | undefined {
  const given = new Map(Object.entries((params ?? {}) as Record<string, string>)); // as the route names them
  return routeOptions.url?.replace(/:(\w+)/g, (name, field: string) => {
    const value = given.get(field) ?? '';
    return ID.test(value) ? value : name;
  });
}
