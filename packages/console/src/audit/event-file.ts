import type { Event } from '@keywright/contract';
import { csvLine } from '../parts/csv.ts';

/** How a log of events is written to a file: CSV for spreadsheets, JSON Lines for programs. */
export interface EventFormat {
  name: string;
  extension: string;
  type: string;
  head: string;
  line: (event: Event) => string;
}

const COLUMNS: readonly (readonly [string, (event: Event) => unknown])[] = [
  ['number', event => event.seq],
  ['at', event => event.at],
  ['action', event => event.action],
  ['actor kind', event => event.actor.kind],
  ['actor id', event => event.actor.id],
  ['actor name', event => event.actor.name],
  ['actor account', event => event.actorAccount?.id],
  ['target kind', event => event.target.kind],
  ['target id', event => event.target.id],
  ['target name', event => event.target.name],
  ['address', event => event.address],
  ['details', event => JSON.stringify(event.details)],
  ['hash', event => event.hash],
];

export const EVENT_FORMATS: readonly EventFormat[] = [
  {
    name: 'CSV',
    extension: 'csv',
    type: 'text/csv',
    head: csvLine(COLUMNS.map(([header]) => header)),
    line: event => csvLine(COLUMNS.map(([, read]) => String(read(event) ?? ''))),
  },
  {
    name: 'JSON Lines',
    extension: 'jsonl',
    type: 'application/jsonl',
    head: '',
    line: event => `${JSON.stringify(event)}\n`,
  },
];
