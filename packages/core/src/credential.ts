import { type Credential, parsePair, parseToken } from './key-format.ts';
import { limits } from './limits.ts';

/** What came in the fields that can carry a key; repeated fields are listed, because two carriers are malformed. */
export interface Carriers {
  authorization: string | undefined;
  apiKey: string | undefined;
  /** A field came twice. */
  repeated: boolean;
}

/** What no credential can be. */
const MALFORMED = '';

/** The scheme, spaces, and visible ASCII only: `atob` and `trim` would let other spaces pass. Source: RFC 9110, 11.4. */
const AUTHORIZATION = /^(basic|bearer) +([!-~]+)$/i;

/**
 * The text of the credential in the one carrier of a request: Basic, Bearer or X-API-Key; undefined when there is none, empty when
 * the carrier cannot hold one. The same text means the same in every carrier. Source: RFC 7617 and RFC 6750.
 */
export function readCarriers({ authorization, apiKey, repeated }: Carriers): string | undefined {
  if (repeated || (authorization !== undefined && apiKey !== undefined)) return MALFORMED;
  if (apiKey !== undefined) return tokenOnly(apiKey);
  return authorization === undefined ? undefined : readAuthorization(authorization);
}

/** Reads the text of a credential: a token, `key:secret`, or a token and an empty password (`curl -u TOKEN:`). Undefined: malformed. */
export function parseCredential(text: string): Credential | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return parseToken(text);
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  return password === '' ? parseToken(user) : parsePair(user, password);
}

function readAuthorization(value: string): string {
  if (value.length > limits.credentialCharsMax) return MALFORMED;
  const [, scheme, rest] = AUTHORIZATION.exec(value) ?? [];
  if (scheme === undefined || rest === undefined) return MALFORMED;
  if (scheme.length === 'bearer'.length) return tokenOnly(rest);
  const decoded = decodeBase64(rest);
  return decoded.includes(':') ? decoded : MALFORMED;
}

/** Only Basic carries a pair. */
function tokenOnly(text: string): string {
  return text.includes(':') ? MALFORMED : text;
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return MALFORMED;
  }
}
