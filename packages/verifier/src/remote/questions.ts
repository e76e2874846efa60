import type { ApiFacts, ProvableFacts } from '@keywright/core';
import { type KeyIds, readFacts, readKeyIds } from './answers.ts';
import type { ListKeys } from './existing-keys.ts';
import type { ServerDoor } from './server-door.ts';

/** What a verifier asks of keys and APIs. All reject with UnavailableError. */
export interface Questions {
  facts(wanted: { keys?: readonly string[]; apis?: readonly string[] }): Promise<{
    keys: readonly ProvableFacts[];
    apis: readonly ApiFacts[];
  }>;
  keys: ListKeys;
}

export function questionsTo(door: ServerDoor): Questions {
  return {
    facts: body => door.ask({ method: 'POST', path: '/verifiers/facts', body, answer: readFacts }),
    async *keys() {
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
        const page: KeyIds = await door.ask({ method: 'GET', path: `/verifiers/keys${query}`, answer: readKeyIds });
        yield page.keys;
        cursor = page.nextCursor;
      } while (cursor !== null);
    },
  };
}
