import { KeywrightError, limits } from '@keywright/core';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

interface Measure {
  /** Levels of fields, one below the other. */
  depth: number;
  /** Fields, times the sizes of the pages on which they stand. */
  cost: number;
}

/** What describes the schema is no data of an account, but long. */
const INTROSPECTION_FACTOR = 50;

interface Ground {
  schema: GraphQLSchema;
  variables: Record<string, unknown>;
  fragments: Map<string, FragmentDefinitionNode>;
  /** Each fragment is measured once, however often it is used. */
  measured: Map<string, Measure>;
}

/** Throws when a valid document asks for more than one request may; nothing of it has run by then. */
export function checkSize(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  variables: Record<string, unknown>,
): void {
  const aliases = countAliases(document);
  if (aliases > limits.graphqlAliasesMax) throw tooLarge('aliases', aliases, limits.graphqlAliasesMax);
  const fragments = document.definitions.filter(definition => definition.kind === Kind.FRAGMENT_DEFINITION);
  const ground: Ground = {
    schema,
    variables: { ...defaultsOf(operation), ...variables },
    fragments: new Map(fragments.map(fragment => [fragment.name.value, fragment])),
    measured: new Map(),
  };
  const { depth, cost } = measure(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, ground);
  if (depth > limits.graphqlDepthMax) throw tooLarge('levels of depth', depth, limits.graphqlDepthMax);
  if (cost > limits.graphqlCostMax) {
    throw tooLarge('fields, counted for each entry of a page', cost, limits.graphqlCostMax);
  }
}

function measure(selections: SelectionSetNode, type: GraphQLNamedType | undefined, ground: Ground): Measure {
  const sum: Measure = { depth: 0, cost: 0 };
  for (const selection of selections.selections) {
    const part =
      selection.kind === Kind.FIELD
        ? measureField(selection, type, ground)
        : selection.kind === Kind.FRAGMENT_SPREAD
          ? measureFragment(selection.name.value, ground)
          : measure(selection.selectionSet, typeNamed(selection.typeCondition?.name.value, ground) ?? type, ground);
    sum.depth = Math.max(sum.depth, part.depth);
    sum.cost += part.cost;
  }
  return sum;
}

function measureFragment(name: string, ground: Ground): Measure {
  const known = ground.measured.get(name);
  if (known !== undefined) return known;
  const fragment = ground.fragments.get(name);
  if (fragment === undefined) return { depth: 0, cost: 0 };
  const made = measure(fragment.selectionSet, typeNamed(fragment.typeCondition.name.value, ground), ground);
  ground.measured.set(name, made);
  return made;
}

function measureField(node: FieldNode, type: GraphQLNamedType | undefined, ground: Ground): Measure {
  const name = node.name.value;
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  const below =
    node.selectionSet === undefined
      ? { depth: 0, cost: 0 }
      : measure(node.selectionSet, field && getNamedType(field.type), ground);
  if (name.startsWith('__')) return { depth: 1, cost: 1 + below.cost * INTROSPECTION_FACTOR };
  return { depth: 1 + below.depth, cost: 1 + below.cost * pageSize(node, field, ground) };
}

/** How many entries a field can have: its argument `limit`, or 1 where it is no page. */
function pageSize(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined, { variables }: Ground): number {
  const argument = field?.args.find(({ name }) => name === 'limit');
  if (argument === undefined) return 1;
  const value = node.arguments?.find(({ name }) => name.value === 'limit')?.value;
  const given =
    value?.kind === Kind.INT
      ? Number(value.value)
      : value?.kind === Kind.VARIABLE
        ? variables[value.name.value]
        : undefined;
  const size = typeof given === 'number' ? given : argument.defaultValue;
  return typeof size === 'number' && size >= 1 ? Math.min(size, limits.pageItemsMax) : limits.pageItemsMax;
}

/** What variables are when the request does not set them. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  const numbers = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
  );
  return Object.fromEntries(numbers);
}

function typeNamed(name: string | undefined, { schema }: Ground): GraphQLNamedType | undefined {
  return name === undefined ? undefined : schema.getType(name);
}

function countAliases(document: DocumentNode): number {
  let aliases = 0;
  visit(document, {
    Field: node => {
      if (node.alias !== undefined) aliases++;
    },
  });
  return aliases;
}

function tooLarge(what: string, is: number, max: number): KeywrightError {
  return new KeywrightError(
    'query_too_large',
    `The document has ${is} ${what}; at most ${max} are allowed. Ask for less, for smaller pages, or in several requests.`,
  );
}
