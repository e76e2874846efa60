import {
  type ApiFacts,
  compileEndpoints,
  type EndpointEntry,
  type EndpointMatcher,
  type Grant,
  grantSets,
  type KeyDigest,
  type KeyId,
  LIMIT_HOLDERS,
  OWNER_KINDS,
  PERIODS,
  PERMISSIONS,
  type ProvableFacts,
  parseKeyId,
  parseNetwork,
  ROLES,
} from '@keywright/core';
import { count, fail, fields, flag, list, nullable, object, oneOf, type Shape, shared, text, time } from './shapes.ts';

/** In place of a method: the endpoint is meant by its name or id. No request can carry it. */
export const BY_NAME = '\0name';

const keyId: Shape<KeyId> = (value, where) => {
  const id = text(value, where);
  return parseKeyId(id) === id ? (id as KeyId) : fail(where, 'the id of a key');
};

/** The 32 bytes of a SHA-256, in base64url. */
const digest: Shape<KeyDigest> = (value, where) => {
  const bytes = Buffer.from(text(value, where), 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === value
    ? (bytes.toString('latin1') as KeyDigest)
    : fail(where, 'a digest');
};

const network = (value: unknown, where: string) => parseNetwork(text(value, where)) ?? fail(where, 'a network');

const grant: Shape<Grant> = (value, where) =>
  Array.isArray(value) ? list(text)(value, where) : oneOf('read_only', 'read_write')(value, where);

const grants = (value: unknown, where: string) =>
  grantSets(
    Object.fromEntries(Object.entries(fields(value, where)).map(([api, one]) => [api, grant(one, `${where}.${api}`)])),
  );

const rateLimit = object({ name: text, max: count, perSeconds: count, burst: count });
const quota = object({ name: text, max: count, per: oneOf(...PERIODS), timeZone: text });
const heldLimits = list(object({ of: oneOf(...LIMIT_HOLDERS), rateLimits: list(rateLimit), quotas: list(quota) }));
const owner = object({ kind: oneOf(...OWNER_KINDS), id: text, name: text, role: oneOf(...ROLES), active: flag });

const keyFacts = object({
  key: keyId,
  digest,
  name: nullable(text),
  enabled: flag,
  notBefore: nullable(time),
  expiresAt: nullable(time),
  permission: oneOf(...PERMISSIONS),
  grants: shared(grants),
  networks: shared(list(network)),
  project: nullable(text),
  owner: shared(owner),
  account: shared(object({ id: text, active: flag })),
  limits: shared(heldLimits),
});

const readKey: Shape<ProvableFacts> = (value, where) => Object.freeze(keyFacts(value, where));

const apiFacts = object({
  id: text,
  account: text,
  project: nullable(text),
  endpoints: list(object({ id: text, name: nullable(text), method: text, path: text, reads: flag })),
});

const readApi: Shape<ApiFacts> = (value, where) => {
  const { id, account, project, endpoints } = apiFacts(value, where);
  return Object.freeze({ id, account, project, endpoints: named(compileEndpoints(endpoints), endpoints) });
};

/** Finds endpoints by their names, too. A name that several have means none of them; an id always means its own. */
function named(
  matcher: EndpointMatcher,
  endpoints: readonly (EndpointEntry & { name: string | null })[],
): EndpointMatcher {
  const byName = new Map<string, EndpointEntry | undefined>();
  for (const endpoint of endpoints)
    if (endpoint.name !== null) byName.set(endpoint.name, byName.has(endpoint.name) ? undefined : endpoint);
  for (const endpoint of endpoints) byName.set(endpoint.id, endpoint);
  return {
    size: matcher.size,
    readsMayWrite: matcher.readsMayWrite,
    find: (method, path) => (method === BY_NAME ? byName.get(path) : matcher.find(method, path)),
  };
}

export const readFacts = object({ keys: list(readKey), apis: list(readApi) });

export const readKeyIds = object({ keys: list(keyId), nextCursor: nullable(text) });
export type KeyIds = ReturnType<typeof readKeyIds>;

const limitState = object({
  of: oneOf(...LIMIT_HOLDERS),
  kind: oneOf('rate', 'quota'),
  name: text,
  max: count,
  seconds: count,
  burst: nullable(count),
  remaining: count,
  moreAt: time,
  resetAt: time,
  exceeded: flag,
});

/** Times are by the clock of the server. */
export const readLeases = object({
  at: time,
  sharers: count,
  leases: list(
    object({
      key: keyId,
      granted: count,
      lease: nullable(text),
      refused: nullable(oneOf('rate_limited', 'quota_exhausted')),
      retryAt: nullable(time),
      degraded: flag,
      limits: list(limitState),
    }),
  ),
});
export type Leases = ReturnType<typeof readLeases>;

/** What came of asking for uses of one key. */
export type LeaseAnswer = Leases['leases'][number];

export const readSequence = object({ sequence: count });

/** A change and its hash: together they are a place in one history of the server's database. */
const place = { sequence: count, hash: text };
export const readPlace = object(place);
export type Place = ReturnType<typeof readPlace>;

export const readChange = object({
  ...place,
  kind: oneOf('access_key', 'owner', 'account', 'project', 'api'),
  id: text,
});

export const readSignedPage = object({ page: text, signature: text });

/** A page of a snapshot, once its signature was proven. */
export const readPage = object({
  account: text,
  ...place,
  at: time,
  cursor: nullable(text),
  nextCursor: nullable(text),
  keys: list(readKey),
  apis: list(readApi),
});

export type Page = ReturnType<typeof readPage>;
