import { type Around, foldPath, holdsBetween, PARAMETER } from './segment.ts';

/** A segment of a template: its text when it holds no parameter, else what stands around them. */
type Segment = string | Around;

/** A template that was taken apart, to be compared with others. */
export type Segments = readonly Segment[];

const ANYTHING: Around = { begin: '', between: [], end: '' };

/** Takes a template apart, as careless servers read it: what they take for the path of another endpoint fits both. */
export function segmentsOf(template: string): Segments {
  return foldPath(template).slice(1).split('/').map(segmentOf);
}

function segmentOf(text: string): Segment {
  const [begin = '', ...others] = text.split(PARAMETER);
  const end = others.pop();
  if (end === undefined) return begin;
  return begin === '' && end === '' && others.length === 0 ? ANYTHING : { begin, between: others, end };
}

/** Whether some path fits both templates: exact but for case and a slash at the end, which count for nothing here. */
export function overlap(one: Segments, other: Segments): boolean {
  if (one.length !== other.length) return false;
  // The literals in front are mostly the same.
  for (let n = one.length - 1; n >= 0; n--) if (!meet(one[n] ?? '', other[n] ?? '')) return false;
  return true;
}

/** Whether of two templates the first is found for a path that fits both: wherever they overlap, or nowhere. It may say so of both. */
export function shadows(one: Segments, other: Segments): boolean {
  if (!overlap(one, other)) return false;
  for (const [n, segment] of one.entries()) {
    const order = orderOf(segment, other[n] ?? '');
    if (order !== 'same') return order === 'first';
  }
  return false;
}

function meet(one: Segment, other: Segment): boolean {
  if (typeof one === 'string') return typeof other === 'string' ? one === other : fits(one, other);
  if (typeof other === 'string') return fits(other, one);
  if (one === ANYTHING || other === ANYTHING) return true;
  // Values may be of any length, so there is room between for the texts of both.
  return (
    (one.begin.startsWith(other.begin) || other.begin.startsWith(one.begin)) &&
    (one.end.endsWith(other.end) || other.end.endsWith(one.end))
  );
}

function fits(text: string, around: Around): boolean {
  if (around === ANYTHING) return text !== '';
  return text.startsWith(around.begin) && text.endsWith(around.end) && holdsBetween(text, around);
}

/** The order in which the matcher tries two segments that meet; what it decides by the texts between parameters may be either. */
function orderOf(one: Segment, other: Segment): 'first' | 'second' | 'same' {
  if (typeof one === 'string') return typeof other === 'string' ? 'same' : 'first';
  if (typeof other === 'string') return 'second';
  if (one === other) return 'same';
  if (one === ANYTHING || other === ANYTHING) return one === ANYTHING ? 'second' : 'first';
  const longer = one.begin.length + one.end.length - other.begin.length - other.end.length;
  const sooner = longer || one.begin.length - other.begin.length;
  if (sooner !== 0) return sooner > 0 ? 'first' : 'second';
  return one.between.join('/') === other.between.join('/') ? 'same' : 'first';
}
