import type { InputOf } from '@keywright/contract';

/** The filters of the audit log as they stand in the address; days are those of the reader's time zone. */
export interface EventSearch {
  action?: string | undefined;
  actor?: string | undefined;
  target?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
}

const FIELDS = ['action', 'actor', 'target', 'from', 'until'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function parseEventSearch(search: Record<string, unknown>): EventSearch {
  const known: EventSearch = {};
  for (const field of FIELDS) {
    const value = search[field];
    if (typeof value === 'string' && value !== '') known[field] = value;
  }
  return known;
}

/** The filter for the server; the day of `until` counts up to its end. Whatever else the address says is left out. */
export function toListInput({ action, actor, target, from, until }: EventSearch): InputOf<'listEvents'> {
  return { action, actor, target, since: instantOf(from, 'T00:00:00'), until: instantOf(until, 'T23:59:59.999') };
}

function instantOf(day: string | undefined, time: string): string | undefined {
  if (day === undefined || !DAY.test(day)) return undefined;
  const instant = new Date(day + time);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}
