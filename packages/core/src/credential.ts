import { type Credential, parsePair, parseToken } from './key-format.ts';
import { limits } from './limits.ts';

/** What came in the fields that can carry a key; repeated fields are listed, because two carriers are malformed. */
export interface Carriers {
  authorization: string | undefined;
  apiKey: string | undefined;
  /** A field came twice. */
  repeated: boolean;
}

/** `none`: the request carries no key at all; `malformed`: it carries something that cannot be one. */
export type Parsed = Credential | 'none' | 'malformed';

/** The scheme, spaces, and visible ASCII only: `atob` and `trim` would let other spaces pass. Source: RFC 9110, 11.4. */
const AUTHORIZATION = /^(basic|bearer) +([!-~]+)$/i;

/** Reads the one carrier of a request: Basic, Bearer or X-API-Key. Source: RFC 7617 and RFC 6750. */
export function parseCarriers({ authorization, apiKey, repeated }: Carriers): Parsed {
  if (repeated || (authorization !== undefined && apiKey !== undefined)) return 'malformed';
  if (apiKey !== undefined) return parseToken(apiKey) ?? 'malformed';
  if (authorization !== undefined) return parseAuthorization(authorization) ?? 'malformed';
  return 'none';
}

/** Reads a credential given as text: a token, or `key:secret`. */
export function parseCredential(text: string): Credential | 'malformed' {
  return (text.includes(':') ? parseUserPass(text) : parseToken(text)) ?? 'malformed';
}

function parseAuthorization(value: string): Credential | undefined {
  if (value.length > limits.credentialCharsMax) return undefined;
  const [, scheme, rest] = AUTHORIZATION.exec(value) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return parseToken(rest);
  const decoded = decodeBase64(rest);
  return decoded === undefined ? undefined : parseUserPass(decoded);
}

/** `key:secret`, or the token as username with an empty password, as `curl -u TOKEN:` sends it. */
function parseUserPass(text: string): Credential | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  return password === '' ? parseToken(user) : parsePair(user, password);
}

function decodeBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
