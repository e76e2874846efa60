import {
  type Asked,
  type Charged,
  type Decision,
  errorUrn,
  type Facts,
  KeywrightError,
  limitHeaders,
  permissionAt,
  type Reason,
  readCarriers,
} from '@keywright/core';
import type { App } from '../app.ts';
import type { Config, HeaderFamily } from '../config.ts';
import { toKeywrightError } from '../map-error.ts';
import { verifyAt } from '../verify-at.ts';
import type { Answer } from './answer.ts';
import { clientAddress } from './client-address.ts';
import { isNamed } from './header-name.ts';
import { CHALLENGES, problemAnswer } from './problem.ts';
import { requestIdOf } from './request-id.ts';

const PATH = '/v1/auth';
const PLACE_PATH = /^\/v1(?:\/projects\/(prj_[a-z2-7]{20}))?(?:\/apis\/(api_[a-z2-7]{20}))?\/auth(\/.*)?$/;

/** For what a gateway asks: the project at whose endpoint, and the API behind it. */
export interface Place {
  project: string | null;
  api: string | undefined;
  /** The path and query of the original request, where Envoy puts them behind ours. */
  behind: string | undefined;
}

/** What a gateway sends. */
export interface Asking {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
}

/** The place of a forward-auth request, or undefined when it is none. The query decides nothing. */
export function forwardAuthPlace({ method, url = '' }: Asking, family: HeaderFamily): Place | undefined {
  if (family === 'envoy') return placeOf(url, true);
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  if (url === PATH) return ROOT; // nearly always
  return places.get(url) ?? keptPlaceOf(url.split('?', 1)[0] ?? '');
}

/** The places that gateways ask for: few, and the same again and again. */
const places = new Map<string, Place>();
const PLACES_MAX = 1000;

function keptPlaceOf(path: string): Place | undefined {
  const known = places.get(path);
  if (known !== undefined) return known;
  const place = placeOf(path, false);
  if (place === undefined) return undefined;
  if (places.size >= PLACES_MAX) places.clear();
  places.set(path, place);
  return place;
}

function placeOf(url: string, hasBehind: boolean): Place | undefined {
  const found = PLACE_PATH.exec(url);
  if (found === null || (found[3] !== undefined) !== hasBehind) return undefined;
  return { project: found[1] ?? null, api: found[2], behind: found[3] };
}

const ROOT: Place = { project: null, api: undefined, behind: undefined };

/** Answers a gateway: may the original request pass? 204 (to Envoy 200) with every identity header, or the refusal. `peer` is who asks. Never throws or rejects. */
export function forwardAuth(app: App, asking: Asking, peer: string, place: Place): Answer | Promise<Answer> {
  const original = readOriginal(asking, peer, app.config, place.behind);
  const text = readCarriers(original);
  const door = app.counted.doors.forward_auth;
  if (text === undefined) {
    door.malformed();
    return refuse(app.config, asking, 'malformed', 'The request carries no access key.');
  }
  const { method, path, address, agent } = original;
  const { project, api } = place;
  const asked: Asked = { project, method, path, address, agent, api };
  try {
    const decision = verifyAt(app, door, text, asked, app.now());
    if (!(decision instanceof Promise)) return answer(app.config, asking, api, decision);
    return decision.then(one => answer(app.config, asking, api, one)).catch(error => unavailable(app, asking, error));
  } catch (error) {
    return unavailable(app, asking, error);
  }
}

function answer(config: Config, asking: Asking, api: string | undefined, decision: Decision): Answer {
  if (decision.allowed) return allow(config, decision.facts, api, decision.charged);
  return refuse(config, asking, decision.reason, decision.missing && `It needs ${decision.missing}.`, decision.charged);
}

interface Original {
  authorization: string | undefined;
  apiKey: string | undefined;
  repeated: boolean;
  method: string | undefined;
  path: string | undefined;
  address: string;
  agent: string | undefined;
}

/** One pass over the raw headers: building the object of all headers costs more than the decision. */
function readOriginal(asking: Asking, peer: string, config: Config, behind: string | undefined): Original {
  const raw = asking.rawHeaders;
  const family = config.forwardedHeaders;
  const isForwarded = family === 'x-forwarded';
  const isOriginal = family === 'x-original';
  let forwardedFor: string | undefined;
  const original: Original = {
    authorization: undefined,
    apiKey: undefined,
    repeated: false,
    method: family === 'envoy' ? asking.method : undefined,
    path: behind,
    address: '',
    agent: undefined,
  };
  for (let i = 0; i < raw.length; i += 2) {
    // rawHeaders holds names and values in turn.
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    switch (name.length) {
      case 9:
        if (!isNamed(name, 'X-API-Key')) break;
        if (original.apiKey !== undefined) original.repeated = true;
        original.apiKey = value;
        break;
      case 10:
        if (isNamed(name, 'User-Agent')) original.agent = value;
        break;
      case 13:
        if (!isNamed(name, 'Authorization')) break;
        if (original.authorization !== undefined) original.repeated = true;
        original.authorization = value;
        break;
      case 14:
        if (isOriginal && (isNamed(name, 'X-Original-URI') || isNamed(name, 'X-Original-URL')))
          original.path = only(original.path, value);
        break;
      case 15:
        if (isForwarded && isNamed(name, 'X-Forwarded-Uri')) original.path = only(original.path, value);
        else if (isNamed(name, 'X-Forwarded-For'))
          forwardedFor = forwardedFor === undefined ? value : `${forwardedFor},${value}`;
        break;
      case 17:
        if (isOriginal && isNamed(name, 'X-Original-Method')) original.method = only(original.method, value);
        break;
      case 18:
        if (isForwarded && isNamed(name, 'X-Forwarded-Method')) original.method = only(original.method, value);
        break;
    }
  }
  original.address = clientAddress(peer, forwardedFor, config.trustedProxies);
  return original;
}

/** A method that came twice is none: it counts as writing. A path that came twice is none, and matches no endpoint. */
function only(before: string | undefined, value: string): string {
  return before === undefined ? value : '';
}

/** Every identity header is in every 2xx answer, even when empty, so that a gateway overwrites a forged one. */
function allow(config: Config, facts: Facts, api: string | undefined, charged?: Charged): Answer {
  const headers = [
    'X-Key-Id',
    facts.key,
    'X-Key-Owner',
    facts.owner.id,
    'X-Key-Account',
    facts.account.id,
    'X-Key-Project',
    facts.project ?? '',
    'X-Key-Permission',
    permissionAt(facts, api, facts.owner.role),
  ];
  if (charged !== undefined) headers.push(...limitHeaders(charged));
  // Envoy takes nothing but 200 for a yes: RawHttpClientImpl::toResponse of its ext_authz_http_impl.cc.
  if (config.forwardedHeaders !== 'envoy') return { status: 204, headers, body: '' };
  return { status: 200, headers: [...headers, 'Content-Length', '0'], body: '' };
}

function refuse(config: Config, { rawHeaders }: Asking, reason: Reason, detail?: string, charged?: Charged): Answer {
  const error = new KeywrightError(reason, detail, [], { charged });
  // nginx turns 429 of its auth_request into 500.
  const status = error.status === 429 ? config.rateLimitStatus : error.status;
  const challenges = status === 401 ? CHALLENGES.flatMap(one => ['WWW-Authenticate', one]) : [];
  const limited = charged === undefined ? [] : limitHeaders(charged);
  const requestId = requestIdOf(rawHeaders);
  const headers = ['X-Key-Reason', reason, ...challenges, ...limited];
  return problemAnswer(error, requestId, { status, headers, type: errorUrn(error.code) });
}

function unavailable(app: App, { rawHeaders }: Asking, thrown: unknown): Answer {
  const requestId = requestIdOf(rawHeaders);
  app.log.error({ requestId, err: thrown }, 'forward-auth: the facts of a key could not be loaded');
  const error = toKeywrightError(thrown);
  return problemAnswer(error, requestId, { type: errorUrn(error.code) });
}
