import { Queue } from './queue.ts';
import { exponential, randomFrom } from './random.ts';

export interface Nodes {
  nodes: number;
  /** Verifications a second of all nodes together. */
  perSecond: number;
  /** What one takes of a node's processor. */
  verifyMs: number;
  /** Which part finds its key in the cache. */
  hitRate: number;
  /** The way to the database and back. */
  tripMs: number;
  /** How many first sights the database works on at a time, and how long it takes for each. */
  databaseCores: number;
  sightMs: number;
  /** First sights of other nodes at the same database, a second. */
  othersPerSecond: number;
}

interface Step {
  at: number;
  /** The node whose processor is wanted, or DATABASE. */
  place: number;
  began: number;
  /** What is still to come after this step. */
  next: 'answer' | 'database' | 'node';
  home: number;
}

const DATABASE = -1;
const ELSEWHERE = -2;

/**
 * Latencies of verifications, in ms: each waits for the processor of a node at random, and, when its key is seen for the first time, for the
 * database. Requests come at random moments; all work takes a random time. One event after the other, in the order of time.
 */
export function latenciesOf(model: Nodes, requests: number, seed: number): number[] {
  const random = randomFrom(seed);
  const coming = new Queue<Step>((a, b) => a.at - b.at);
  const free = Array.from({ length: model.nodes }, () => 0);
  const databaseFree = Array.from({ length: model.databaseCores }, () => 0);
  const latencies: number[] = [];
  let [at, others] = [0, 0];
  for (let n = 0; n < requests; n++) {
    at += exponential(random, 1000 / model.perSecond);
    const home = Math.floor(random() * model.nodes);
    coming.add({ at, place: home, began: at, home, next: random() < model.hitRate ? 'answer' : 'database' });
  }
  while (model.othersPerSecond > 0 && others < at) {
    others += exponential(random, 1000 / model.othersPerSecond);
    coming.add({ at: others, place: DATABASE, began: others, home: ELSEWHERE, next: 'answer' });
  }
  for (let step = coming.take(); step !== undefined; step = coming.take()) {
    const isDatabase = step.place === DATABASE;
    const done = isDatabase
      ? serve(databaseFree, soonest(databaseFree), step.at, exponential(random, model.sightMs))
      : serve(free, step.home, step.at, exponential(random, model.verifyMs));
    if (step.next === 'database') coming.add({ ...step, at: done + model.tripMs / 2, place: DATABASE, next: 'node' });
    else if (step.next === 'node')
      coming.add({ ...step, at: done + model.tripMs / 2, place: step.home, next: 'answer' });
    else if (step.home !== ELSEWHERE) latencies.push(done - step.began);
  }
  return latencies;
}

/** Waits until that one is free, takes its time, and answers with when it is done. */
function serve(free: number[], which: number, at: number, takes: number): number {
  const done = Math.max(at, free[which] ?? 0) + takes;
  free[which] = done;
  return done;
}

function soonest(free: readonly number[]): number {
  return free.reduce((best, at, n) => (at < (free[best] ?? 0) ? n : best), 0);
}
