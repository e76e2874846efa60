import { readCarriers } from '@keywright/core';

/** A request as servers have it: that of `fetch`, of node:http, of Express, or anything with these fields. */
export interface RequestLike {
  readonly method?: string | undefined;
  /** Absolute; that of a server which has no `fetch` requests also from the path on. */
  readonly url?: string | undefined;
  /** Express: what routers have cut away from `url`. Together they are what is handled, also when it was rewritten. */
  readonly baseUrl?: string | undefined;
  /** Connect: the path before a router has cut its own part away. */
  readonly originalUrl?: string | undefined;
  readonly headers:
    | { get(name: string): string | null }
    | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** node:http: names and values in turn, with those that came twice. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** What of a request a decision needs. */
export interface RequestParts {
  /** The text of its credential; undefined when it carries none, empty when it can be none. */
  text: string | undefined;
  method: string | undefined;
  /** With the query; undefined when it is not certain. */
  path: string | undefined;
  agent: string | undefined;
}

interface Fields {
  authorization: string | undefined;
  apiKey: string | undefined;
  repeated: boolean;
  agent: string | undefined;
}

export function readRequest(request: RequestLike): RequestParts {
  const fields = fieldsOf(request);
  const { method, url = '', baseUrl, originalUrl = url } = request;
  const target = baseUrl === undefined ? originalUrl : handledBy(baseUrl, url, originalUrl);
  return { text: readCarriers(fields), method, path: pathOf(target, hasGet(request.headers)), agent: fields.agent };
}

/** What Express handles: where a router stands at the whole path, it gives it a slash that did not come. */
function handledBy(baseUrl: string, url: string, originalUrl: string): string {
  const isWhole = originalUrl === baseUrl || originalUrl.startsWith(`${baseUrl}?`);
  return baseUrl + (isWhole && /^\/($|\?)/.test(url) ? url.slice(1) : url);
}

function fieldsOf({ headers, rawHeaders }: RequestLike): Fields {
  const fields: Fields = { authorization: undefined, apiKey: undefined, repeated: false, agent: undefined };
  if (rawHeaders !== undefined)
    for (let i = 0; i < rawHeaders.length; i += 2) take(fields, rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  else if (hasGet(headers))
    for (const name of NAMES) {
      const value = headers.get(name);
      if (value !== null) take(fields, name, value);
    }
  else
    for (const [name, value] of Object.entries(headers))
      for (const one of typeof value === 'string' ? [value] : (value ?? [])) take(fields, name, one);
  return fields;
}

const NAMES = ['authorization', 'x-api-key', 'user-agent'] as const;

function hasGet(headers: RequestLike['headers']): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

/** A carrier that comes twice is none: who reads the first and who reads the last would see different keys. */
function take(fields: Fields, name: string, value: string): void {
  // Most names are told apart by their length alone.
  if (name.length !== 13 && name.length !== 9 && name.length !== 10) return;
  switch (name.toLowerCase()) {
    case 'authorization':
      fields.repeated ||= fields.authorization !== undefined;
      fields.authorization = value;
      break;
    case 'x-api-key':
      fields.repeated ||= fields.apiKey !== undefined;
      fields.apiKey = value;
      break;
    case 'user-agent':
      fields.agent = value;
      break;
  }
}

/** What frameworks read alike: a host without anything in it that may end it for one of them, and a path. */
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._~:[\]-]+(\/.*)$/is;

/** Undefined where it is not certain which path is handled: Bun and Deno make the URL of whatever the client wrote as its host. */
function pathOf(url: string, isOfFetch: boolean): string | undefined {
  const target = url.startsWith('/') && !isOfFetch ? url : ABSOLUTE.exec(url)?.[1];
  const fragment = target?.indexOf('#') ?? -1;
  return fragment < 0 ? target : target?.slice(0, fragment);
}
