import {
  contract,
  isReading,
  type Operation,
  type OperationName,
  type OutputOf,
  operations,
  schemaOf,
} from '@keywright/contract';
import {
  GraphQLBoolean,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  getNullableType,
  printSchema,
} from 'graphql';
import { run } from '../run.ts';
import type { GraphqlContext } from './context.ts';
import { inputFields } from './input-types.ts';
import { type Field, outputType } from './output-types.ts';
import { capital, sourceOf, type Types } from './types.ts';

/** Names that users of other systems know, beside the names of the contract. */
const ALIASES: Record<string, Operation> = { accessKeys: contract.listAccessKeys };

/** Every operation of the contract is a field: what reads is a query, the rest are mutations. */
export function makeSchema(entries: readonly Operation[] = operations): GraphQLSchema {
  const types: Types = new Map();
  const outputs = new Map(entries.map(entry => [entry, outputOf(types, entry)]));
  const fieldOf = (entry: Operation) => field(types, entry, outputs.get(entry) ?? GraphQLBoolean);
  const fieldsOf = (reading: boolean) => {
    const some = entries.filter(entry => isReading(entry) === reading);
    const aliases = Object.entries(ALIASES).filter(([, entry]) => some.includes(entry));
    return Object.fromEntries([
      ...some.map(entry => [entry.name, fieldOf(entry)]),
      ...aliases.map(([name, entry]) => [name, { ...fieldOf(entry), description: `The same as ${entry.name}.` }]),
    ]);
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: fieldsOf(true) }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: fieldsOf(false) }),
  });
}

/** The schema as it is written. */
export function graphqlDocument(): string {
  return `${printSchema(makeSchema())}\n`;
}

/** What is open to everybody: all that a request without a caller sees. */
export function makePublicSchema(): GraphQLSchema {
  return makeSchema(operations.filter(entry => entry.right === 'public'));
}

/** Where an operation has nothing to tell but that it is done, its field is `true`. */
function isDone(entry: Operation): boolean {
  return entry.output === contract.deleteAccessKey.output;
}

const WHERE_RECEIPT =
  'With `wait`, the receipt stands in `extensions.receipts` of the answer, under the name of the field or its alias.';

/** A field may be null: what is refused leaves the answers of the fields beside it. */
function outputOf(types: Types, entry: Operation): GraphQLOutputType {
  if (isDone(entry)) return GraphQLBoolean;
  return getNullableType(outputType(types, sourceOf(schemaOf(entry.output, 'output')), answerName(entry)));
}

function answerName(entry: Operation): string {
  return entry.output.meta()?.id ?? `${capital(entry.name)}Answer`;
}

function field(types: Types, entry: Operation, type: GraphQLOutputType): Field {
  return {
    type,
    args: inputFields(types, sourceOf(schemaOf(entry.input, 'input')), capital(entry.name)),
    description: [
      entry.summary.replace(/(?<![?.])$/, '.'),
      entry.description,
      isDone(entry) && 'wait' in entry.input.shape && WHERE_RECEIPT,
    ]
      .filter(Boolean)
      .join(' '),
    resolve: (_source, args, context, { path }) => answer(entry, args, context, `${path.key}`),
  };
}

/** The same way as at every other door: the right of the operation is judged in `run`. */
async function answer(
  entry: Operation,
  args: object,
  { app, call, receipts }: GraphqlContext,
  field: string,
): Promise<unknown> {
  const caller = entry.right === 'public' ? undefined : call.caller;
  const output = await run(app, entry.name as OperationName, args, { ...call, caller }); // the loop is over the contract
  if (!isDone(entry)) return output;
  const { receipt } = output as OutputOf<'deleteAccessKey'>; // the same output
  if (receipt !== undefined) receipts.set(field, receipt);
  return true;
}
