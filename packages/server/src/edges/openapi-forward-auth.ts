import { ERRORS, REASONS } from '@keywright/core';
import { header, responseOf } from './openapi-errors.ts';

type Json = Record<string, unknown>;

/** Where gateways ask, and about which keys. */
const PLACES: [path: string, operationId: string, summary: string][] = [
  ['/v1/auth', 'forwardAuth', 'Let a request pass with a key of no project'],
  ['/v1/projects/{project}/auth', 'forwardAuthInProject', 'Let a request pass with a key of the project'],
  ['/v1/apis/{api}/auth', 'forwardAuthAtApi', 'Let a request pass to an API with a key of no project'],
  ['/v1/projects/{project}/apis/{api}/auth', 'forwardAuthInProjectAtApi', 'Let a request pass to an API in a project'],
];

/** What gateways ask is no operation: it is answered by status and headers (forward-auth.ts). */
export function forwardAuthPaths(): Record<string, Json> {
  const paths = PLACES.map(([path, operationId, summary]) => {
    const inPath = Object.keys(IN_PATH).filter(name => path.includes(`{${name}}`));
    const parameters = [...inPath.map(name => IN_PATH[name]), ...Object.keys(FORWARD_AUTH_PARAMETERS).map(refTo)];
    const get = { operationId, tags: ['verify'], summary, description: DESCRIPTION, security: CARRIERS, parameters };
    return [path, { get: { ...get, responses: responses() } }];
  });
  return Object.fromEntries(paths);
}

const DESCRIPTION = `What a gateway asks before it lets a request through: it sends on the headers of that request, the access key among them, and is answered by status and headers, without a body where the request may pass. No query decides anything.

Which headers name the original request is set by \`KEYWRIGHT_FORWARDED_HEADERS\`: \`x-forwarded\` (the default) or \`x-original\`; those of the other family count for nothing. With \`envoy\` none does: the question has the method of the original request, its path stands behind this one, and 200 instead of 204 lets it pass.`;

const CARRIERS = [{ basic: [] }, { bearer: [] }, { apiKey: [] }];

const IN_PATH: Record<string, Json> = {
  project: inPath('project', 'prj', 'The project whose keys pass, and no others.'),
  api: inPath(
    'api',
    'api',
    "The API that the request is for. With an id that is not one of the key's account, every key is `unknown`.",
  ),
};

/** In `components/parameters`, by their names there. */
export const FORWARD_AUTH_PARAMETERS: Record<string, Json> = {
  ForwardedMethod: method('X-Forwarded-Method', 'x-forwarded'),
  ForwardedUri: path('X-Forwarded-Uri', 'x-forwarded'),
  OriginalMethod: method('X-Original-Method', 'x-original'),
  OriginalUri: path('X-Original-URI', 'x-original', '`X-Original-URL` is the same.'),
  ForwardedFor: inHeader(
    'X-Forwarded-For',
    'From where the original request came: believed of the hops in `KEYWRIGHT_TRUSTED_PROXIES` only.',
  ),
  UserAgent: inHeader('User-Agent', 'What made the original request; kept as the last use of the key.'),
};

function method(name: string, family: string): Json {
  return inHeader(name, `The method of the original request, with \`${family}\`; without it, it counts as writing.`);
}

function path(name: string, family: string, more = ''): Json {
  const about = `The path and query of the original request, with \`${family}\`; without it, it is for no endpoint.`;
  return inHeader(name, `${about} ${more}`.trim());
}

function inHeader(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

function inPath(name: string, prefix: string, description: string): Json {
  const schema = { type: 'string', pattern: `^${prefix}_[a-z2-7]{20}$` };
  return { name, in: 'path', required: true, description, schema };
}

function refTo(name: string): Json {
  return { $ref: `#/components/parameters/${name}` };
}

/** Every identity header is in every yes, even when empty. */
const IDENTITY = {
  ...header('X-Key-Id', 'The access key.', true),
  ...header('X-Key-Owner', 'The id of its owner.', true),
  ...header('X-Key-Account', 'The id of its account.', true),
  ...header('X-Key-Project', 'The id of its project; empty for none.', true),
  ...header(
    'X-Key-Permission',
    '`read_write`, `read_only` or `restricted`: what the key may do at the API, within the role of its owner.',
    true,
  ),
};

/** Where the key has limits. */
const LIMITS = {
  ...header('RateLimit-Policy', 'The rate limits and quotas of the key (draft-ietf-httpapi-ratelimit-headers).'),
  ...header('RateLimit', 'How much of each remains, and in how many seconds there is more.'),
  ...header('Keywright-Limits', '`degraded` while shared counters are away and each process enforces its share.'),
};
const RETRY_AFTER = header('Retry-After', 'In how many seconds the same request would pass; absent for never.');

const REASON = header('X-Key-Reason', 'Why not: the `code` of the problem.', true);
const CHALLENGE = header('WWW-Authenticate', 'How to send an access key: `Basic` and `Bearer`.', true);

function responses(): Json {
  const refused = (status: number) => REASONS.filter(reason => ERRORS[reason].status === status);
  const limited = responseOf(refused(429), { ...REASON, ...LIMITS, ...RETRY_AFTER });
  return {
    204: {
      description: 'The request may pass, and the headers say with whose key.',
      headers: { ...IDENTITY, ...LIMITS },
    },
    401: responseOf(refused(401), { ...CHALLENGE, ...REASON }),
    403: responseOf(refused(403), REASON),
    429: { ...limited, description: `${limited.description}\n\n${LIMITED}` },
    500: { $ref: '#/components/responses/InternalServerError' },
    503: { $ref: '#/components/responses/ServiceUnavailable' },
  };
}

const LIMITED = 'With `KEYWRIGHT_RATE_LIMIT_STATUS=403` it is 403.';
