import type { Grant, Permitted } from '@keywright/core';
import { counted } from '../format.ts';
import type { ChoosableEndpoint } from './endpoint.ts';

/** An API as the summary names it; its endpoints where they are known. */
export interface NamedApi {
  id: string;
  name: string;
  endpoints?: readonly ChoosableEndpoint[] | undefined;
}

/** What a key may do, in sentences: the first says how far it goes, the others what it may do at each API. */
export function permissionText({ permission, grants }: Permitted, apis: readonly NamedApi[]): string[] {
  if (permission === 'read_write') return ['May read and change everything that its owner may, at every API.'];
  if (permission === 'read_only') return ['May read everything that its owner may, at every API, and change nothing.'];
  const given = Object.entries(grants).flatMap(([id, grant]) => {
    const api = apis.find(one => one.id === id) ?? { id, name: id };
    return givesSomething(grant) ? [`${api.name}: ${grantText(grant, api.endpoints)}.`] : [];
  });
  return given.length === 0 ? ['May do nothing yet: no endpoint is given to it.'] : [...given, 'Nothing else.'];
}

/** `3 endpoints, 1 of which changes something (POST /orders)`. */
export function grantText(grant: Grant, endpoints: readonly ChoosableEndpoint[] | undefined): string {
  if (grant === 'read_write') return 'reads and changes everything';
  if (grant === 'read_only') return 'reads everything, changes nothing';
  const chosen = new Set(grant);
  const known = endpoints?.filter(endpoint => chosen.has(endpoint.id)) ?? [];
  const count = endpoints === undefined ? counted(chosen.size, 'endpoint') : ofAll(known.length, endpoints.length);
  if (endpoints === undefined) return count;
  const writing = known.filter(endpoint => !endpoint.reads);
  if (known.length === 0) return count;
  return `${count}, ${writingText(known.length, writing)}${tagsText(known)}`;
}

const ofAll = (count: number, all: number) => `${count} of ${counted(all, 'endpoint')}`;

const SHOWN = 3;

function writingText(all: number, writing: readonly ChoosableEndpoint[]): string {
  if (writing.length === 0) return all === 1 ? 'which only reads' : 'all of which only read';
  const named = writing.map(({ method, path }) => `${method} ${path}`).join(', ');
  const who = writing.length === all ? (all === 1 ? 'which changes' : 'all of which change') : writes(writing.length);
  return `${who} something${writing.length > SHOWN ? '' : ` (${named})`}`;
}

const writes = (count: number) => `${count} of which ${count === 1 ? 'changes' : 'change'}`;

function tagsText(known: readonly ChoosableEndpoint[]): string {
  const tags = [...new Set(known.flatMap(({ tag }) => tag ?? []))];
  if (tags.length === 0 || tags.length > SHOWN) return '';
  return `, in ${tags.join(', ')}`;
}

const givesSomething = (grant: Grant) => typeof grant === 'string' || grant.length > 0;
