import { exponential, type Random, randomFrom } from './random.ts';

/** How long changes wait that are made one after the other, in ms: until their own is done. Each comes at a random moment and takes as long as `takes` says. */
export function waitsOf(perSecond: number, takes: (random: Random) => number, count: number, seed: number): number[] {
  const random = randomFrom(seed);
  let [at, free] = [0, 0];
  return Array.from({ length: count }, () => {
    at += exponential(random, 1000 / perSecond);
    free = Math.max(at, free) + takes(random);
    return free - at;
  });
}

export interface Hearing {
  nodes: number;
  /** The way from the database to the nodes and back. */
  tripMs: number;
  /** Nodes are told of a change, or only ask each so many ms. */
  pollMs: number | undefined;
  /** What the database takes to say what has changed. */
  readMs: number;
}

/** How much longer than usual a way may take: on average by this part. */
const JITTER = 0.1;

/** How long after the commit of a change the last of the nodes has evicted what it outdates, in ms, of so many changes. */
export function revocationsOf(hearing: Hearing, count: number, seed: number): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    let last = 0;
    for (let n = 0; n < hearing.nodes; n++) last = Math.max(last, heardAfter(hearing, random));
    return last;
  });
}

function heardAfter({ tripMs, pollMs, readMs }: Hearing, random: Random): number {
  const way = () => (tripMs / 2) * (1 + exponential(random, JITTER));
  const wakes = pollMs === undefined ? way() : random() * pollMs;
  return wakes + way() + exponential(random, readMs) + way();
}
