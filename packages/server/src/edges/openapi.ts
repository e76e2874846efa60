import { isInQuery, isReading, type Operation, operations, pathFields, successStatus } from '@keywright/contract';
import { limits, ROLES, scopeOf } from '@keywright/core';
import { ACCOUNT_HEADER } from '../callers/act-in.ts';
import { PROBLEM, problemResponses, sharedResponses } from './openapi-errors.ts';
import { FORWARD_AUTH_PARAMETERS, forwardAuthPaths } from './openapi-forward-auth.ts';
import { schemaIn, type Written } from './openapi-schemas.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of every operation, made by looping over the contract, and of what gateways ask. */
export function openApiDocument(version: string): Json {
  const schemas: Record<string, Written> = {};
  const paths: Record<string, Json> = {};
  for (const entry of operations) {
    const path = `/v1${entry.path}`;
    paths[path] = { ...paths[path], [entry.method.toLowerCase()]: operationOf(entry, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keywright',
      version,
      description:
        'Access keys: made, verified, taken away. Errors are problem documents (RFC 9457) with a stable `code`.\n\nWhat a project has of its own is at its endpoint, too: `/v1/projects/{project}` before the rest of the path, as each such operation says. Access keys of the project work there and nowhere else. A browser that asks for HTML gets every answer to GET as a page with links.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      contact: { name: 'The operator of this server' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [...new Set(operations.map(entry => entry.noun))].map(name => ({ name, description: NOUNS[name] ?? name })),
    security: [{ basic: [] }, { bearer: [] }, { apiKey: [] }, { session: [] }],
    paths: { ...paths, ...forwardAuthPaths() },
    components: {
      securitySchemes: SECURITY,
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY, Account: ACCOUNT, ...FORWARD_AUTH_PARAMETERS },
      responses: sharedResponses(),
      schemas: { ...sorted(schemas), Problem: PROBLEM },
    },
  };
}

/** What each group of operations is about. */
const NOUNS: Record<string, string> = {
  'access keys': 'Credentials of a public key and a secret: made, restricted, switched off and on, deleted.',
  limits: 'Rate limits and quotas of access keys, owners and the account, and how far they are used up.',
  members: 'The persons of the account, with their roles.',
  invitations: 'How a person becomes a member: by a link that works once.',
  'service accounts': 'Owners of access keys that are no persons.',
  projects: 'Parts of the account, each with its own endpoint.',
  apis: 'What access keys give access to.',
  endpoints: 'What an API consists of: methods and path templates.',
  account: 'The account that everything belongs to.',
  accounts: 'Accounts that this one manages, and the choice of the one to act in.',
  'key policy': 'The rules of the account for its access keys.',
  verifiers: 'Who decides about keys: nodes of this server, and verifiers in applications that follow its changes.',
  events: 'The audit log: a chain of every change.',
  profile: 'The signed-in person: name, password, sessions.',
  whoami: 'Who the caller is.',
  verify: 'Whether a request that carries an access key may pass.',
  reservations: 'What was taken from limits for uses whose cost is told afterwards.',
  setup: 'The first start of a server.',
};

const SECURITY = {
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'Key and secret, or the token as username with an empty password.',
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'The token.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The token.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'keywright.session_token',
    description: 'A person who signed in to the console.',
  },
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the call safe to repeat for a day: the same key with the same request makes nothing a second time.',
  schema: { type: 'string', minLength: 1, maxLength: limits.idempotencyKeyCharsMax },
};

const ACCOUNT = {
  name: ACCOUNT_HEADER,
  in: 'header',
  required: false,
  description: 'The account in which to act: your own, or one that it manages. Without it your own.',
  schema: { type: 'string', pattern: '^acc_[a-z2-7]{20}$' },
};

function operationOf(entry: Operation, schemas: Record<string, Written>): Json {
  const input = schemaIn(entry.input, 'input', schemas);
  const inPath = pathFields(entry);
  const fields = Object.entries(input.properties ?? {});
  const parameters: Json[] = fields
    .filter(([name]) => isInQuery(entry, name) || inPath.includes(name))
    .map(([name, schema]) => parameterOf(name, schema, inPath.includes(name) ? 'path' : 'query', input.required ?? []));
  if (entry.right !== 'public') parameters.push({ $ref: '#/components/parameters/Account' });
  if (entry.creates) parameters.push({ $ref: '#/components/parameters/IdempotencyKey' });
  const body = fields.filter(([name]) => !isInQuery(entry, name) && !inPath.includes(name));
  return {
    operationId: entry.name,
    tags: [entry.noun],
    summary: entry.summary,
    description: descriptionOf(entry),
    ...(entry.right === 'public' ? { security: [] } : entry.sessionOnly ? { security: [{ session: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body.length > 0 ? { requestBody: requestBodyOf(input, body, inPath) } : {}),
    responses: { [successStatus(entry)]: successOf(entry, schemas), ...problemResponses(entry, body.length > 0) },
  };
}

function descriptionOf(entry: Operation): string {
  const cli = entry.cli && `On the command line: \`keywright ${entry.cli}\`.`;
  const endpoint = entry.inProject && `At the endpoint of a project: \`/v1/projects/{project}${entry.path}\`.`;
  return [entry.description ?? `${entry.summary}.`, callersOf(entry), endpoint, cli].filter(Boolean).join('\n\n');
}

/** Who may call it, from the table of rights. */
function callersOf({ right, sessionOnly }: Operation): string {
  if (right === 'public') return 'Needs no caller.';
  if (sessionOnly) return 'For signed-in persons, not for access keys.';
  if (right === 'caller') return 'For every caller.';
  const own = ROLES.filter(role => scopeOf(role, right) === 'own').map(role => `${role} (their own)`);
  return `For the roles ${[...ROLES.filter(role => scopeOf(role, right) === 'all'), ...own].join(', ')}.`;
}

function parameterOf(
  name: string,
  { description, ...schema }: Written,
  place: 'path' | 'query',
  required: string[],
): Json {
  const isRequired = place === 'path' || (required.includes(name) && schema.default === undefined);
  return { name, in: place, required: isRequired, ...(description ? { description } : {}), schema };
}

function requestBodyOf({ oneOf, required = [] }: Written, body: [string, Written][], inPath: string[]): Json {
  const needed = required.filter(name => !inPath.includes(name));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(body),
    ...(needed.length > 0 ? { required: needed } : {}),
    ...(oneOf ? { oneOf } : {}),
    additionalProperties: false,
  };
  return { required: needed.length > 0 || oneOf !== undefined, content: { 'application/json': { schema } } };
}

function successOf(entry: Operation, schemas: Record<string, Written>): Json {
  const done = entry.creates ? 'Created.' : isReading(entry) ? 'The answer.' : 'Done.';
  return {
    description: entry.showsSecret ? `${done} The secret is in this answer only.` : done,
    content: { 'application/json': { schema: schemaIn(entry.output, 'output', schemas) } },
  };
}

function sorted(schemas: Record<string, Written>): Record<string, Written> {
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b)));
}
