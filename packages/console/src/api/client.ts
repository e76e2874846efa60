import { type CallOptions, createClient, type InputOf, type OperationName, type OutputOf } from '@keywright/contract';

let account: string | undefined;
let client = createClient();

/** The account that the address names, in which everything acts; undefined for the person's own. */
export const actingAccount = (): string | undefined => account;

/** From now on everything acts in that account. */
export function actIn(wanted: string | undefined): void {
  if (wanted === account) return;
  account = wanted;
  client = createClient(wanted === undefined ? {} : { account: wanted });
}

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

export interface Answer {
  status: number;
  body: string;
}

/** The answer to a GET as it comes, refused or not. */
export async function readAnswer(path: string, signal: AbortSignal): Promise<Answer> {
  const headers = { accept: 'application/json', ...(account !== undefined && { 'keywright-account': account }) };
  const response = await fetch(path, { headers, signal });
  return { status: response.status, body: await response.text() };
}

const home = createClient();

/** The accounts that the person reaches from their own, wherever they act at the moment. */
export const listReachedAccounts = (input: InputOf<'listAccounts'>, options: CallOptions) =>
  home.listAccounts(input, options);
