import { GraphQLInputObjectType, type GraphQLInputType, GraphQLList, GraphQLNonNull, getNullableType } from 'graphql';
import { capital, choicesOf, GraphqlJson, named, oneOf, refOf, type Source, scalarType, type Types } from './types.ts';

/** The type of what is sent. What may be left out, or has a default, may be null. */
export function inputType(types: Types, { schema, defs }: Source, name: string): GraphQLInputType {
  const ref = refOf(schema);
  if (ref !== undefined) return inputType(types, { schema: defs[ref] ?? {}, defs }, ref);
  const { choices, nullable } = choicesOf(schema);
  const [sole = schema] = choices;
  const type = choices.length > 1 ? GraphqlJson : inputOf(types, { schema: sole, defs }, name);
  return nullable ? type : new GraphQLNonNull(type);
}

function inputOf(types: Types, { schema, defs }: Source, name: string): GraphQLInputType {
  if (schema.type === 'array')
    return new GraphQLList(inputType(types, { schema: schema.items ?? {}, defs }, oneOf(name)));
  if (schema.properties === undefined) return scalarType(types, schema, name);
  const inputName = `${named(schema) ?? name}Input`;
  const known = types.get(inputName);
  if (known !== undefined) return known as GraphQLInputObjectType; // the ending is of inputs only
  const type = new GraphQLInputObjectType({
    name: inputName,
    description: schema.description,
    fields: inputFields(types, { schema, defs }, name),
  });
  types.set(inputName, type);
  return type;
}

/** The fields of an input object, or the arguments of an operation. */
export function inputFields(types: Types, { schema, defs }: Source, name: string) {
  const required = schema.required ?? [];
  const fields = Object.entries(schema.properties ?? {}).map(([field, part]) => {
    const type = inputType(types, { schema: part, defs }, name + capital(field));
    const { description, default: defaultValue } = part;
    return [field, { type: required.includes(field) ? type : getNullableType(type), description, defaultValue }];
  });
  return Object.fromEntries(fields);
}
