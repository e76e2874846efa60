export const PARAMETER = /\{[^{}/]*\}/g;

/** Parts of a segment around its parameters, such as `{name}.json`: how it begins, what stands in between, how it ends. */
export interface Around {
  readonly begin: string;
  readonly between: readonly string[];
  readonly end: string;
}

/** Whether the texts between parameters stand there in their order, with something on both sides of each. */
export function holdsBetween(segment: string, { begin, between, end }: Around): boolean {
  let from = begin.length;
  for (const text of between) {
    const found = segment.indexOf(text, from + 1);
    if (found < 0) return false;
    from = found + text.length;
  }
  return from < segment.length - end.length;
}
