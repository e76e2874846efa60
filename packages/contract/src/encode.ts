import { invalid } from '@keywright/core';
import { z } from 'zod';
import { type Operation, pathFields } from './operation.ts';

/** The part of JSON Schema that we read. */
export interface Schema {
  type?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  description?: string;
  default?: unknown;
  [more: string]: unknown;
}

/** The JSON Schema (2020-12) of an input as it is sent, or of an output as it is answered. Shared parts stand in `$defs`. */
export function schemaOf(type: z.ZodType, io: 'input' | 'output'): Schema {
  // Zod's own type names every keyword of JSON Schema; we need the few above.
  return z.toJSONSchema(type, { io, unrepresentable: 'any', target: 'draft-2020-12' }) as Schema;
}

/** The path below `/v1` with its fields filled in, and the input that is left for query or body. */
export function formatPath(
  entry: Operation,
  input: Record<string, unknown>,
): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  for (const field of pathFields(entry)) delete rest[field];
  const path = entry.path.replace(/\{(\w+)\}/g, (_, field: string) => pathSegment(field, input[field]));
  return { path, rest };
}

/** Nothing, `.` and `..` would lead to the path of another operation, even when percent-encoded (WHATWG URL, 4.4). */
function pathSegment(field: string, value: unknown): string {
  const text = String(value ?? '').toWellFormed();
  if (/^\.{0,2}$/.test(text)) throw invalid(field, 'required', 'is needed, and can not be a dot');
  return encodeURIComponent(text);
}

/**
 * Turns texts (a query, command-line flags) into the types that the input's schema asks for.
 * What does not fit stays a text, so that parsing names the field.
 */
export function fromStrings(entry: Operation, texts: Record<string, string | string[]>): Record<string, unknown> {
  const properties = inputProperties(entry);
  return Object.fromEntries(
    Object.entries(texts).map(([field, value]) => [field, fromString(properties[field] ?? {}, value)]),
  );
}

const properties = new WeakMap<Operation, Record<string, Schema>>();

/** The fields of an operation's input and their schemas. */
export function inputProperties(entry: Operation): Record<string, Schema> {
  let known = properties.get(entry);
  if (known === undefined) {
    known = schemaOf(entry.input, 'input').properties ?? {};
    properties.set(entry, known);
  }
  return known;
}

function fromString(schema: Schema, value: string | string[]): unknown {
  const types = [schema, ...(schema.anyOf ?? [])].map(part => part.type);
  if (types.includes('array')) return Array.isArray(value) ? value : [value];
  if (Array.isArray(value)) return value;
  if ((types.includes('integer') || types.includes('number')) && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  if (types.includes('null') && value === 'null') return null;
  return value;
}
