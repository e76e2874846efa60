import type { OperationName, ParsedOf } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import type { App } from '../app.ts';
import type { Caller } from '../callers/caller.ts';
import { run } from '../run.ts';

/** From where everybody in the demo works. */
export const OFFICE = '203.0.113.24';

/** Does one operation as that caller. */
export function as<Name extends OperationName>(app: App, caller: Caller, name: Name, input: unknown) {
  return call(app, caller, name, input);
}

export async function call<Name extends OperationName>(
  app: App,
  caller: Caller | undefined,
  name: Name,
  input: unknown,
) {
  try {
    // run parses it
    return await run(app, name, input as ParsedOf<Name>, { caller, address: OFFICE, userAgent: null });
  } catch (error) {
    if (error instanceof KeywrightError)
      throw new Error(`the demo can not be filled: ${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
