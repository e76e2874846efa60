import {
  isReading,
  type Operation,
  operations,
  pathFields,
  type Schema,
  schemaOf,
  successStatus,
} from '@keywright/contract';
import { ERRORS, type ErrorCode } from '@keywright/core';

/** Errors that every operation may answer, beyond those of its entry. */
const ALWAYS: readonly ErrorCode[] = ['malformed_request', 'invalid_value', 'internal', 'unavailable'];
const WITH_CALLER: readonly ErrorCode[] = ['unauthenticated', 'forbidden', 'permission_denied'];

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of everything under /v1, made by looping over the contract. */
export function openApiDocument(version: string): Json {
  const schemas: Record<string, Schema> = {};
  const paths: Record<string, Json> = {};
  for (const entry of operations) {
    paths[`/v1${entry.path}`] = {
      ...paths[`/v1${entry.path}`],
      [entry.method.toLowerCase()]: operationOf(entry, schemas),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keywright',
      version,
      description:
        'Access keys: made, verified, taken away. Errors are problem documents (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      contact: { name: 'The operator of this server' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [...new Set(operations.map(entry => entry.noun))].map(name => ({
      name,
      description: `Operations on ${name}.`,
    })),
    security: [{ basic: [] }, { bearer: [] }, { apiKey: [] }, { session: [] }],
    paths,
    components: { securitySchemes: SECURITY, schemas: { ...sorted(schemas), Problem: problemSchema() } },
  };
}

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

function operationOf(entry: Operation, schemas: Record<string, Schema>): Json {
  const input = hoisted(schemaOf(entry.input, 'input'), schemas);
  const inPath = pathFields(entry);
  const fields = Object.entries(input.properties ?? {});
  const isQuery = entry.method === 'GET';
  const parameters = fields
    .filter(([name]) => isQuery || inPath.includes(name))
    .map(([name, schema]) => parameterOf(name, schema, inPath.includes(name) ? 'path' : 'query', input.required ?? []));
  if (entry.creates) parameters.push(IDEMPOTENCY_KEY);
  const body = fields.filter(([name]) => !isQuery && !inPath.includes(name));
  return {
    operationId: entry.name,
    tags: [entry.noun],
    summary: entry.summary,
    description: entry.description ?? `${entry.summary}.`,
    ...(entry.right === 'public' ? { security: [] } : entry.sessionOnly ? { security: [{ session: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body.length > 0 ? { requestBody: requestBodyOf(input, body, inPath) } : {}),
    responses: responsesOf(entry, schemas),
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the call safe to repeat for a day: the same key with the same request makes nothing a second time.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

function parameterOf(
  name: string,
  { description, ...schema }: Schema,
  place: 'path' | 'query',
  required: string[],
): Json {
  const isRequired = place === 'path' || (required.includes(name) && schema.default === undefined);
  return { name, in: place, required: isRequired, ...(description ? { description } : {}), schema };
}

function requestBodyOf(input: Schema, body: [string, Schema][], inPath: string[]): Json {
  const required = (input.required ?? []).filter(name => !inPath.includes(name));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(body),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

function responsesOf(entry: Operation, schemas: Record<string, Schema>): Json {
  const output = hoisted(schemaOf(entry.output, 'output'), schemas);
  const description = entry.showsSecret ? 'Done. The secret is in this answer only.' : 'Done.';
  const responses: Json = {
    [successStatus(entry)]: { description, content: { 'application/json': { schema: output } } },
  };
  const withCaller =
    entry.right === 'public' ? [] : WITH_CALLER.filter(code => code !== 'permission_denied' || !isReading(entry));
  const session: ErrorCode[] = entry.sessionOnly ? ['session_required'] : [];
  const byStatus = Object.groupBy(
    [...new Set([...ALWAYS, ...withCaller, ...session, ...entry.errors])],
    code => ERRORS[code].status,
  );
  for (const [status, codes] of Object.entries(byStatus)) {
    const meanings = (codes ?? []).map(code => `\`${code}\`: ${ERRORS[code].meaning}`);
    responses[status] = {
      description: meanings.join('\n\n'),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return responses;
}

/** Moves shared parts to the document's components and turns the references to them. */
function hoisted(schema: Schema, schemas: Record<string, Schema>): Schema {
  const {
    $defs,
    $schema: _,
    id,
    ...rest
  } = JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schema & {
    $defs?: Record<string, Schema>;
  };
  for (const [name, part] of Object.entries($defs ?? {})) schemas[name] = withoutId(part);
  if (typeof id !== 'string') return rest;
  schemas[id] = rest;
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId({ id: _, ...schema }: Schema): Schema {
  return schema;
}

function problemSchema(): Json {
  const text = { type: 'string' };
  const field = {
    type: 'object',
    properties: { field: text, rule: text, message: text },
    required: ['field', 'rule', 'message'],
  };
  return {
    type: 'object',
    description: 'What went wrong, after RFC 9457. `code` is stable; `errors` names each field.',
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: { type: 'string', enum: Object.keys(ERRORS) },
      detail: text,
      errors: { type: 'array', items: field },
      requestId: text,
    },
    required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
  };
}

function sorted(schemas: Record<string, Schema>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b)));
}
