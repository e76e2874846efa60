import { clean } from './text.ts';

const EMPTY = '–';
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)(?:\.\d+)?Z$/;
const SHORT_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\dZ$/;

/** A value on one line of a table, as short as it stays clear. */
export function cell(value: unknown): string {
  if (isObject(value)) return cell(value.name ?? value.id ?? value.at ?? Object.values(value));
  if (Array.isArray(value)) return value.map(cell).join(', ') || EMPTY;
  return plain(value, '$1 $2Z');
}

/** A time says nothing when it is cut. */
export function isTime(shown: string): boolean {
  return SHORT_TIME.test(shown);
}

/** A value in full, on as many lines as it has. */
export function lines(value: unknown): string[] {
  if (typeof value === 'string' && value !== '') return value.split('\n').map(full);
  if (Array.isArray(value) && value.some(isObject)) return value.map(full);
  return [full(value)];
}

function full(value: unknown): string {
  if (Array.isArray(value)) return value.map(full).join(', ') || EMPTY;
  if (!isObject(value)) return plain(value, '$1 $2$3 UTC');
  if (typeof value.id === 'string') return value.name ? `${full(value.name)} (${full(value.id)})` : full(value.id);
  return full(Object.values(value).filter(one => one !== null));
}

function plain(value: unknown, time: string): string {
  if (value === null || value === undefined) return EMPTY;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return clean(String(value)).replace(TIME, time) || EMPTY;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
