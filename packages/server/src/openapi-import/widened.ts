import { limits, overlap, reads, type Segments, segmentsOf, shadows } from '@keywright/core';
import type { StoredEndpoint } from '@keywright/store';

/** A catalogue before and after, and what keys were given of it. */
interface Moved {
  before: readonly StoredEndpoint[];
  after: readonly StoredEndpoint[];
  added: readonly StoredEndpoint[];
  removed: readonly StoredEndpoint[];
  /** Whether afterwards what matches no endpoint may write, whatever its method. */
  readsMayWrite: boolean;
  /** The chosen endpoints of each key that holds a grant for the API. */
  lists: readonly ReadonlySet<string>[];
}

interface Widened {
  endpoint: string;
  why: string;
}

/**
 * Where keys could call more afterwards: requests of an endpoint that goes fall to others that fit the same paths, or to none, and
 * those of a new endpoint may have been those of others. Rather too much than too little: whether a third one comes before them is
 * not looked at, and where there are too many to compare, each may widen.
 */
export function widenedBy(moved: Moved): Widened[] {
  const { before, after, added, removed, readsMayWrite } = moved;
  const room = { left: limits.comparedPairsMax };
  const holders = holdersOf(moved.lists);
  const readThen = besides(after, room, ({ reads: read }) => read);
  const heldThen = besides(after, room, ({ id }) => holders.has(id));
  const writeNow = besides(before, room, ({ reads: read }) => !read);

  const withoutIt = (one: StoredEndpoint) => {
    const counts = !one.reads && reads(one.method) && !readsMayWrite;
    const [next] = one.reads || counts ? [] : readThen(one);
    return [
      ...(counts ? ['it writes, and without it such requests count as reading'] : []),
      ...(next ? [`it writes, and some of its requests are those of ${next.id} then, which reads`] : []),
      ...gainOf(one.id, heldThen(one), holders, room),
    ];
  };
  const withIt = (one: StoredEndpoint) => {
    const [was] = one.reads ? writeNow(one) : [];
    const { length } = holders.get(one.id) ?? [];
    return [
      ...(was ? [`it reads, and some of its requests were those of ${was.id}, which writes`] : []),
      ...(length > 0 ? [`${keysHold(length)} it already`] : []),
    ];
  };
  const lines = (why: (one: StoredEndpoint) => string[]) => (one: StoredEndpoint) => {
    const whys = room.left < 0 ? [] : why(one);
    return (room.left < 0 ? [TOO_MANY] : whys).map(text => ({ endpoint: one.id, why: text }));
  };
  return [...removed.flatMap(lines(withoutIt)), ...added.flatMap(lines(withIt))];
}

const TOO_MANY = 'there are too many endpoints to tell which others its requests mean';

/** How many more endpoints may be looked at, so that nobody waits for comparing each with each of very many. */
interface Room {
  left: number;
}

/** Finds those of the endpoints from which a given one takes requests, or would. */
function besides(all: readonly StoredEndpoint[], room: Room, isMeant: (one: StoredEndpoint) => boolean) {
  const apart = all.filter(isMeant).map(one => ({ one, segments: segmentsOf(one.path) }));
  const groups = Map.groupBy(apart, ({ one, segments }) => groupOf(one.method, segments));
  return ({ method, path }: StoredEndpoint): StoredEndpoint[] => {
    const segments = segmentsOf(path);
    const same = groups.get(groupOf(method, segments)) ?? [];
    const behind = method === 'HEAD' ? (groups.get(groupOf('GET', segments)) ?? []) : []; // a GET answers HEAD where no HEAD does
    room.left -= same.length + behind.length;
    if (room.left < 0) return [];
    const taken = same.filter(other => shadows(segments, other.segments));
    return [...taken, ...behind.filter(other => overlap(segments, other.segments))].map(({ one }) => one);
  };
}

function groupOf(method: string, { length }: Segments): string {
  return `${method} ${length}`;
}

type List = Moved['lists'][number];

/** By endpoint the lists that it is in. */
function holdersOf(lists: readonly List[]): Map<string, List[]> {
  const holders = new Map<string, List[]>();
  for (const ids of lists) {
    for (const id of ids) {
      const known = holders.get(id);
      if (known === undefined) holders.set(id, [ids]);
      else known.push(ids);
    }
  }
  return holders;
}

/** The keys that hold what then means requests of an endpoint, but not the endpoint itself. */
function gainOf(
  endpoint: string,
  nexts: readonly StoredEndpoint[],
  holders: Map<string, List[]>,
  room: Room,
): string[] {
  const gaining = new Set<List>();
  const through: string[] = [];
  for (const { id } of nexts) {
    const held = holders.get(id) ?? [];
    room.left -= held.length;
    if (room.left < 0) return [];
    const more = held.filter(ids => !ids.has(endpoint));
    if (more.length > 0) through.push(id);
    for (const ids of more) gaining.add(ids);
  }
  const [first, ...others] = through;
  if (first === undefined) return [];
  const named = others.length === 0 ? first : `${first} or ${others.length} more`;
  return [`${keysHold(gaining.size)} ${named}, which then ${others.length === 0 ? 'matches' : 'match'} requests of it`];
}

function keysHold(count: number): string {
  return `${count} access ${count === 1 ? 'key holds' : 'keys hold'} a grant for`;
}
