import { clean } from './text.ts';

const EMPTY = '–';
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/;

/** A value on one line of a table, as short as it stays clear. */
export function cell(value: unknown): string {
  if (isObject(value)) return cell(value.name ?? value.id ?? value.at ?? Object.values(value));
  return plain(value);
}

/** A value in full, on as many lines as it has. */
export function lines(value: unknown): string[] {
  if (typeof value === 'string' && value !== '') return value.split('\n').map(plain);
  if (Array.isArray(value) && value.some(isObject)) return value.map(full);
  return [full(value)];
}

function full(value: unknown): string {
  if (!isObject(value)) return plain(value);
  if (typeof value.id === 'string') return value.name ? `${plain(value.name)} (${plain(value.id)})` : plain(value.id);
  const known = Object.values(value).filter(one => one !== null);
  return known.length === 0 ? EMPTY : known.map(full).join(', ');
}

function plain(value: unknown): string {
  if (value === null || value === undefined || value === '') return EMPTY;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? EMPTY : value.map(cell).join(', ');
  return clean(String(value)).replace(TIME, '$1 $2 UTC') || EMPTY;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
