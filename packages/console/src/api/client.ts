import { type CallOptions, createClient, type InputOf, type OperationName, type OutputOf } from '@keywright/contract';

const client = createClient();

/** Calls one operation by its name. */
export function call<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  options: CallOptions = {},
): Promise<OutputOf<Name>> {
  // While Name is open, TypeScript can not see that every method takes (input, options).
  const method = client[name] as unknown as (input: InputOf<Name>, options: CallOptions) => Promise<OutputOf<Name>>;
  return method(input, options);
}
