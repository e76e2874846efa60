export const PARAMETER = /\{[^{}/]*\}/g;

/** What a server may read as a path of its own once it has decoded it: separators, controls, and escapes that were escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const TREACHEROUS = /[/\\;\u0000-\u001f\u007f]|%[0-9a-f]{2}/i;
export const DOTS = /^[\s.]*$/;

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

/** Whether a segment can be the value of a parameter: to whatever server it comes, it must stay one segment. */
export function isValue(segment: string): boolean {
  if (!segment.includes('%')) return segment !== '' && !(segment.startsWith('.') && DOTS.test(segment)); // no space came this far
  try {
    // Some servers fold look-alikes of `/` and `.` into them.
    const decoded = decodeURIComponent(segment).normalize('NFKC');
    return !TREACHEROUS.test(decoded) && !DOTS.test(decoded);
  } catch {
    return false;
  }
}

/** A path as servers take it that mind neither the case of letters nor a slash at the end. */
export function foldPath(path: string): string {
  return (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).toLowerCase();
}
