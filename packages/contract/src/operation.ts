import { type Endpoint, type ErrorCode, endpointId, type Right } from '@keywright/core';
import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One entry of the contract. Every door (REST, OpenAPI, client, CLI, reference page, refusal tests) is a loop over these. */
export interface Operation<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
> {
  /** One spelling everywhere: operationId, client method, event action, handler. */
  name: Name;
  /** The noun that it belongs to: the group in the reference and the CLI. */
  noun: string;
  summary: string;
  description?: string;
  method: Method;
  /** Below `/v1`; `{field}` takes that field of the input. */
  path: `/${string}`;
  /** The words of the command line, or none where only a person in the console can do it. */
  cli?: string;
  /** What the caller must be allowed to do; `public` needs no caller, `caller` any. */
  right: Right | 'public' | 'caller';
  /** Only a signed-in person, never an access key. */
  sessionOnly?: true;
  /** Also served below `/v1/projects/{project}`, for that project alone. */
  inProject?: true;
  /** Makes something: answers 201 and takes an Idempotency-Key. */
  creates?: true;
  /** Takes larger bodies than others do. */
  bodyBytesMax?: number;
  /** Leaves no event and changes no object: it runs outside of the order of changes. */
  unrecorded?: true;
  /** The answer holds a secret that is shown only once. */
  showsSecret?: true;
  input: Input;
  output: Output;
  /** Errors beyond those that every operation may give. */
  errors: readonly ErrorCode[];
}

export function operation<const Name extends string, Input extends z.ZodObject, Output extends z.ZodType>(
  entry: Operation<Name, Input, Output>,
): Operation<Name, Input, Output> {
  return entry;
}

/** POSTs that change nothing: what they are asked does not belong into a query. */
const READING_POSTS = new Set(['verify', 'readFacts', 'previewKeyPolicy']);

/** Whether it changes nothing. */
export function isReading(entry: Operation): boolean {
  return entry.method === 'GET' || READING_POSTS.has(entry.name);
}

/** A noun as people read it; at the beginning of a sentence, or as a title, with a capital. */
export function nounInWords(noun: string, isFirst = false): string {
  if (noun === 'apis') return 'APIs';
  return isFirst ? noun.charAt(0).toUpperCase() + noun.slice(1) : noun;
}

/** The operation as an endpoint of the built-in API. At the endpoint of a project it is the same one. */
export function endpointOf(entry: Operation): Endpoint {
  return { id: endpointId(entry.method, `/v1${entry.path}`), reads: isReading(entry) };
}

/** Whether an access key needs the permission for it; who it is, every key may ask. */
export function needsPermission(entry: Operation): boolean {
  return entry.right !== 'public' && !entry.sessionOnly && entry.name !== 'whoami';
}

/** The fields of the input that stand in the path. */
export function pathFields(entry: Operation): string[] {
  return [...entry.path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '');
}

/** How a change is to be answered stands in its address: it is no part of the change. */
const ABOUT_THE_ANSWER = new Set(['wait', 'waitMs']);

/** Whether a field that stands not in the path goes into the query, else into the body. */
export function isInQuery(entry: Operation, field: string): boolean {
  return entry.method === 'GET' || ABOUT_THE_ANSWER.has(field);
}

/** The HTTP status of success. */
export function successStatus(entry: Operation): 200 | 201 {
  return entry.creates ? 201 : 200;
}
