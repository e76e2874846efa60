import type { Schema } from '@keywright/contract';
import {
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLUnionType,
  getNullableType,
} from 'graphql';
import type { GraphqlContext } from './context.ts';
import { LINKS, linkFields } from './links.ts';
import { capital, choicesOf, GraphqlJson, named, oneOf, refOf, type Source, scalarType, type Types } from './types.ts';

export type Field = GraphQLFieldConfig<Record<string, unknown>, GraphqlContext>;

/** The type of what is answered; `name` is for what has no name in the contract. */
export function outputType(types: Types, { schema, defs }: Source, name: string): GraphQLOutputType {
  const ref = refOf(schema);
  if (ref !== undefined) return outputType(types, { schema: defs[ref] ?? {}, defs }, ref);
  const { choices, nullable } = choicesOf(schema);
  const [sole = schema, ...more] = choices;
  const type =
    more.length > 0 ? choiceType(types, choices, defs, name) : plainType(types, { schema: sole, defs }, name);
  return nullable ? type : new GraphQLNonNull(type);
}

function plainType(types: Types, { schema, defs }: Source, name: string): GraphQLOutputType {
  const ref = refOf(schema);
  if (ref !== undefined) return getNullableType(outputType(types, { schema, defs }, name));
  if (schema.type === 'array')
    return new GraphQLList(outputType(types, { schema: schema.items ?? {}, defs }, oneOf(name)));
  if (schema.properties !== undefined) return objectType(types, { schema, defs }, named(schema) ?? name);
  return scalarType(types, schema, name);
}

function objectType(types: Types, { schema, defs }: Source, name: string): GraphQLOutputType {
  const known = types.get(name);
  if (known !== undefined) return known as GraphQLObjectType; // a name of the contract is an input or an output, never both
  const links = LINKS[name] ?? {};
  const own = Object.entries(schema.properties ?? {}).map(([field, part]): [string, Field] => {
    const always = outputType(types, { schema: part, defs }, name + capital(field));
    const type = schema.required?.includes(field) ? always : getNullableType(always);
    const { description } = part;
    // Where a link leads to the thing that a field names, the field keeps the id.
    if (field in links) return [`${field}Id`, { type, description, resolve: source => source[field] }];
    return [field, { type, description }];
  });
  const type = new GraphQLObjectType<Record<string, unknown>, GraphqlContext>({
    name,
    description: schema.description,
    fields: () => ({ ...Object.fromEntries(own), ...linkFields(name, types) }),
  });
  types.set(name, type);
  return type;
}

/** One of several objects: which one is told by the fields that it must have. Anything else is JSON. */
function choiceType(types: Types, choices: Schema[], defs: Source['defs'], name: string): GraphQLOutputType {
  if (!choices.every(choice => refOf(choice) !== undefined)) return GraphqlJson;
  const members = choices.map(choice => {
    const ref = refOf(choice) ?? '';
    return {
      ref,
      type: objectType(types, { schema: defs[ref] ?? {}, defs }, ref),
      required: defs[ref]?.required ?? [],
    };
  });
  const union = new GraphQLUnionType({
    name,
    types: members.map(({ type }) => type as GraphQLObjectType), // made just above
    resolveType: value => members.find(({ required }) => required.every(field => Object.hasOwn(value, field)))?.ref,
  });
  types.set(name, union);
  return union;
}
