import type { Imported } from '@keywright/contract';

/** `1,990 imported, 0 there already, 10 refused`. */
export function resultText({ imported, existing, refused }: Imported): string {
  const [made, known, not] = [imported, existing, refused.length].map(count => count.toLocaleString('en'));
  return `${made} imported, ${known} there already, ${not} refused`;
}
