import type { ErrorCode, Right } from '@keywright/core';
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
  /** Makes something: answers 201 and takes an Idempotency-Key. */
  creates?: true;
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

/** Whether it changes nothing. `verify` is a POST that reads. */
export function isReading(entry: Operation): boolean {
  return entry.method === 'GET' || entry.name === 'verify';
}

/** The fields of the input that stand in the path. */
export function pathFields(entry: Operation): string[] {
  return [...entry.path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '');
}

/** The HTTP status of success. */
export function successStatus(entry: Operation): 200 | 201 {
  return entry.creates ? 201 : 200;
}
