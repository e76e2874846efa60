import type { Api } from '@keywright/contract';

/** Why nobody can change this API, or undefined when some can. */
export function whyBuiltIn({ builtIn }: Pick<Api, 'builtIn'>): string | undefined {
  return builtIn ? 'This is the API of Keywright itself: its endpoints come with the program.' : undefined;
}
