import { useDebouncedValue } from '@mantine/hooks';

const SETTLED_MS = 250;

/** What was typed, once nothing was added for a moment: the server is not asked for every letter. */
export function useSettled(typed: string): string {
  const [settled] = useDebouncedValue(typed, SETTLED_MS);
  return settled;
}
