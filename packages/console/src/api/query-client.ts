import { KeywrightError } from '@keywright/core';
import { hashKey, MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { actingAccount } from './client.ts';

/** The cache of reads. `onSignedOut` is called when any answer says that nobody is signed in. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (isSignedOut(error)) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && isTemporary(error),
        // What was read in one account is never shown in another.
        queryKeyHashFn: key => hashKey([actingAccount() ?? 'own', ...key]),
      },
      // Inputs hold passwords and answers hold secrets: neither stays longer than its dialog.
      mutations: { gcTime: 0 },
    },
  });
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof KeywrightError && error.code === 'unauthenticated';
}

/** What was asked for is not there, or not for this person. */
export function isNotFound(error: unknown): error is KeywrightError {
  return error instanceof KeywrightError && error.code === 'not_found';
}

function isTemporary(error: Error): boolean {
  return !(error instanceof KeywrightError) || error.code === 'unavailable';
}

/** Forgets what was read for another person. What the page before the sign-in still shows is nobody's, and stays. */
export function forgetReads(queries: QueryClient): void {
  queries.removeQueries({ type: 'inactive' });
}
