import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asked, type Decision, type Facts, KeywrightError, parseCarriers, type Reason } from '@keywright/core';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { toKeywrightError } from '../map-error.ts';
import { clientAddress } from './client-address.ts';
import { CHALLENGES, sendProblem } from './problem.ts';

const PATH = '/v1/auth';
const PROJECT_PATH = /^\/v1\/projects\/(prj_[a-z2-7]{20})\/auth$/;

/** The project of a forward-auth request, or undefined when it is none. The query decides nothing. */
export function forwardAuthProject(request: IncomingMessage): { project: string | null } | undefined {
  const url = request.url ?? '';
  if (url === PATH) return request.method === 'GET' || request.method === 'HEAD' ? ROOT : undefined;
  const path = url.split('?', 1)[0] ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  if (path === PATH) return ROOT;
  const project = PROJECT_PATH.exec(path)?.[1];
  return project === undefined ? undefined : { project };
}

const ROOT = { project: null };

/** Answers a gateway: may the original request pass? 204 with every identity header, or the refusal. */
export function forwardAuth(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  project: string | null,
): void {
  const original = readOriginal(request, app.config);
  const credential = parseCarriers(original);
  if (typeof credential === 'string') {
    refuse(app.config, response, 'malformed', credential === 'none' ? 'The request carries no access key.' : undefined);
    return;
  }
  const at = app.now();
  const asked: Asked = { project, method: original.method, path: original.path, address: original.address };
  const decide = (decision: Decision) => {
    if (!decision.allowed)
      return refuse(app.config, response, decision.reason, decision.missing && `It needs ${decision.missing}.`);
    app.uses.record(decision.facts.key, at, original.address, original.userAgent, null);
    allow(response, decision.facts);
  };
  try {
    const decision = app.verifier.verify(credential, asked, at);
    if (decision instanceof Promise) decision.then(decide).catch(error => unavailable(app, response, error));
    else decide(decision);
  } catch (error) {
    unavailable(app, response, error);
  }
}

interface Original {
  authorization: string | undefined;
  apiKey: string | undefined;
  repeated: boolean;
  method: string | undefined;
  path: string | undefined;
  address: string;
  userAgent: string | undefined;
}

/** One pass over the raw headers: building the object of all headers costs more than the decision. */
function readOriginal(request: IncomingMessage, config: Config): Original {
  const raw = request.rawHeaders;
  const isForwarded = config.forwardedHeaders === 'x-forwarded';
  let forwardedFor: string | undefined;
  const original: Original = {
    authorization: undefined,
    apiKey: undefined,
    repeated: false,
    method: undefined,
    path: undefined,
    address: '',
    userAgent: undefined,
  };
  for (let i = 0; i < raw.length; i += 2) {
    // rawHeaders holds names and values in turn.
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    switch (name.length) {
      case 9:
        if (name.toLowerCase() !== 'x-api-key') break;
        if (original.apiKey !== undefined) original.repeated = true;
        original.apiKey = value;
        break;
      case 10:
        if (name.toLowerCase() === 'user-agent') original.userAgent = value;
        break;
      case 13:
        if (name.toLowerCase() !== 'authorization') break;
        if (original.authorization !== undefined) original.repeated = true;
        original.authorization = value;
        break;
      case 14:
        if (!isForwarded && isOriginalUri(name.toLowerCase())) original.path = value;
        break;
      case 15:
        if (isForwarded && name.toLowerCase() === 'x-forwarded-uri') original.path = value;
        else if (name.toLowerCase() === 'x-forwarded-for')
          forwardedFor = forwardedFor === undefined ? value : `${forwardedFor},${value}`;
        break;
      case 17:
        if (!isForwarded && name.toLowerCase() === 'x-original-method') original.method = only(original.method, value);
        break;
      case 18:
        if (isForwarded && name.toLowerCase() === 'x-forwarded-method') original.method = only(original.method, value);
        break;
    }
  }
  original.address = clientAddress(request.socket.remoteAddress ?? '', forwardedFor, config.trustedProxies);
  return original;
}

/** A method that came twice is none: it counts as writing. */
function only(before: string | undefined, value: string): string {
  return before === undefined ? value : '';
}

function isOriginalUri(name: string): boolean {
  return name === 'x-original-uri' || name === 'x-original-url';
}

/** Every identity header is in every 2xx answer, even when empty, so that a gateway overwrites a forged one. */
function allow(response: ServerResponse, facts: Facts): void {
  response.writeHead(204, [
    'X-Key-Id',
    facts.key,
    'X-Key-Owner',
    facts.owner.id,
    'X-Key-Account',
    facts.account.id,
    'X-Key-Project',
    facts.project ?? '',
    'X-Key-Permission',
    facts.permission,
  ]);
  response.end();
}

function refuse(config: Config, response: ServerResponse, reason: Reason, detail?: string): void {
  const error = new KeywrightError(reason, detail);
  // nginx turns 429 of its auth_request into 500.
  const status = error.status === 429 ? config.rateLimitStatus : error.status;
  const challenge = status === 401 ? { 'WWW-Authenticate': CHALLENGES } : {};
  sendProblem(response, error, { status, headers: { 'X-Key-Reason': reason, ...challenge } });
}

function unavailable(app: App, response: ServerResponse, thrown: unknown): void {
  const requestId = sendProblem(response, toKeywrightError(thrown));
  app.log.error({ requestId, err: thrown }, 'forward-auth: the facts of a key could not be loaded');
}
