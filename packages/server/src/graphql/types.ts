import type { Schema } from '@keywright/contract';
import { KEY_STATES, PERMISSIONS, ROLES } from '@keywright/core';
import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLInt,
  type GraphQLNamedType,
  GraphQLScalarType,
  GraphQLString,
  isEnumType,
  valueFromASTUntyped,
} from 'graphql';

/** The types made so far, by name: each shared part of the contract is one, and so are equal enumerations. */
export type Types = Map<string, GraphQLNamedType>;

/** One schema of the contract, with the shared parts that it refers to. */
export interface Source {
  schema: Schema;
  defs: Record<string, Schema>;
}

export function sourceOf(root: Schema): Source {
  return { schema: root, defs: (root.$defs ?? {}) as Record<string, Schema> }; // what JSON Schema keeps under $defs
}

/** What has no fixed fields: grants by API, the details of an event. */
export const GraphqlJson = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value: an object whose fields are not known beforehand, or one of several forms.',
  serialize: value => value,
  parseValue: value => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

/** The type of a single value. */
export function scalarType(types: Types, schema: Schema, name: string): GraphQLScalarType | GraphQLEnumType {
  if (schema.enum !== undefined) return enumType(types, schema.enum, name);
  switch (schema.type) {
    case 'string':
      return GraphQLString;
    case 'integer':
      return isWide(schema) ? GraphQLFloat : GraphQLInt;
    case 'number':
      return GraphQLFloat;
    case 'boolean':
      return GraphQLBoolean;
    default:
      return GraphqlJson;
  }
}

/** Whether it is meant to hold more than the 32 bits of an Int. */
function isWide({ maximum }: Schema): boolean {
  return typeof maximum === 'number' && maximum > 0x7fffffff && maximum < Number.MAX_SAFE_INTEGER;
}

/** The enumerations that many nouns share; any other is named after the first field that has it. */
const SHARED: Record<string, readonly string[]> = {
  Permission: PERMISSIONS,
  Role: ROLES,
  KeyState: KEY_STATES,
  State: ['active', 'inactive'],
};

/** Where a value is no name in GraphQL (`-createdAt`), the value stays a text as at the other doors. */
function enumType(types: Types, values: readonly unknown[], field: string): GraphQLScalarType | GraphQLEnumType {
  const texts = values.filter(value => value !== null).map(String);
  if (!texts.every(text => /^(?!true$|false$|null$|__)[A-Za-z_]\w*$/.test(text))) return GraphQLString;
  const same = (some: readonly string[]) => some.toSorted().join() === texts.toSorted().join();
  const known = types.values().find(type => isEnumType(type) && same(type.getValues().map(value => value.name)));
  if (isEnumType(known)) return known;
  const name = Object.keys(SHARED).find(shared => same(SHARED[shared] ?? [])) ?? field;
  const type = new GraphQLEnumType({ name, values: Object.fromEntries(texts.map(text => [text, {}])) });
  types.set(name, type);
  return type;
}

/** What a value can be, besides null. */
export function choicesOf(schema: Schema): { choices: Schema[]; nullable: boolean } {
  const kinds: unknown = schema.type; // one type, or several in a list
  const all = Array.isArray(kinds) ? kinds.map(type => ({ ...schema, type })) : (schema.anyOf ?? [schema]);
  const choices = all.filter(choice => choice.type !== 'null');
  return { choices, nullable: choices.length < all.length };
}

/** The shared part that a schema is. */
export function refOf({ $ref }: Schema): string | undefined {
  return typeof $ref === 'string' ? $ref.replace('#/$defs/', '') : undefined;
}

/** The name of a shared part, where it stands by itself. */
export function named({ id }: Schema): string | undefined {
  return typeof id === 'string' ? id : undefined;
}

/** What an entry of a list is called: the entries of `VerifyItems` are each a `VerifyItem`. */
export function oneOf(list: string): string {
  return list.replace(/s$/, '');
}

/** How a field's name goes on in the name of a type. */
export function capital(field: string): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}
