import { type Schema, schemaOf } from '@keywright/contract';
import type { z } from 'zod';

/** A schema as the document writes it. */
export interface Written {
  type?: string | string[];
  description?: string;
  default?: unknown;
  properties?: Record<string, Written>;
  required?: string[];
  [keyword: string]: unknown;
}

type Direction = 'input' | 'output';

/** The schema of an input or an output. Shared parts go to `shared` by their names, and what is left refers to them. */
export function schemaIn(type: z.ZodType, direction: Direction, shared: Record<string, Written>): Written {
  const text = JSON.stringify(schemaOf(type, direction)).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $defs = {}, $schema: _, ...own }: Schema & { $defs?: Record<string, Schema> } = JSON.parse(text);
  for (const [name, part] of Object.entries($defs)) shared[name] = written(part, direction);
  if (typeof own.id !== 'string') return written(own, direction);
  shared[own.id] = written(own, direction);
  return { $ref: `#/components/schemas/${own.id}` };
}

/** The same schema, without what Zod adds for machines alone. */
function written({ id: _, description, ...schema }: Schema, direction: Direction): Written {
  const about = description === undefined ? {} : { description };
  const { type, properties, items, anyOf, ...keywords } = schema;
  const orNull = anyOf && soleBesideNull(anyOf);
  if (orNull !== undefined) {
    const { description: inner, type: sole, enum: values, ...rest } = written(orNull, direction);
    const type = [String(sole), 'null'];
    const choices = Array.isArray(values) ? { enum: [...values, null] } : {};
    return { ...(inner && { description: inner }), ...about, type, ...choices, ...rest, ...terse(keywords, direction) };
  }
  const all = Object.entries(properties ?? {}).map(([name, part]) => [name, written(part, direction)]);
  return {
    ...about,
    ...(type && { type }),
    ...(items && { items: written(items, direction) }),
    ...(anyOf && { anyOf: anyOf.map(part => written(part, direction)) }),
    ...(properties && { properties: Object.fromEntries(all) }),
    ...terse(keywords, direction),
  };
}

/** The X of `X or null`, where it is no reference: the two can be one schema of two types. */
function soleBesideNull([sole, none, ...more]: Schema[]): Schema | undefined {
  return none?.type === 'null' && more.length === 0 && sole?.type !== undefined ? sole : undefined;
}

function terse(keywords: Schema, direction: Direction): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keywords).filter(([name]) => !isIdle(name, keywords, direction)));
}

/** Whether a keyword says nothing, or says again what another one says. */
function isIdle(name: string, keywords: Schema, direction: Direction): boolean {
  const value = keywords[name];
  switch (name) {
    case 'pattern':
      return keywords.format !== undefined;
    case 'minimum':
      return value === Number.MIN_SAFE_INTEGER;
    case 'maximum':
      return value === Number.MAX_SAFE_INTEGER;
    case 'minLength':
      return value === 0;
    case 'propertyNames':
      return true;
    case 'additionalProperties':
      // An answer may gain fields; a request with a field that we do not know is refused.
      return value !== false || direction === 'output';
    default:
      return false;
  }
}
