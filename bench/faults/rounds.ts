import { setTimeout as pause } from 'node:timers/promises';
import type { Event } from '@keywright/contract';
import { checkEventsOfRound } from '../../test/robust/ledger.ts';
import { until } from '../../test/support/until.ts';
import { whyWrong } from './judge.ts';
import { clientAt, Load, type Place, type SaidOfLiving, verify } from './load.ts';

/** Of the nodes. */
export const STALE_MAX_MS = 2000;

/** Nodes on one database, and a token with which everything may be done there. */
export interface World {
  readonly places: readonly Place[];
  readonly token: string;
}

/** A fault: how it begins, and how it ends. */
export interface Fault<W extends World> {
  name: string;
  /** Answers with what ends it. */
  strike(world: W): Promise<() => Promise<void>>;
  /** How long it lasts. */
  ms: number;
  /** Whether limits are counted by shares meanwhile. */
  degrades?: boolean;
  /** Who can not reach the database meanwhile, for longer than one may go on. */
  cutsOff?: (place: Place) => boolean;
}

/** Load before a fault and after it. */
const AROUND_MS = 500;
const BACK_MS_MAX = 30_000;
/** A node goes on for its lease, which runs from when it last told the others, about a second before a fault at most. */
const LASTS_MS_MIN = STALE_MAX_MS / 4;
/** Between the moment at which a node looks at its clock and that at which its answer is here, the wind of this machine included. */
const LATE_MS = 100;

export interface Report {
  rounds: number;
  /** From the end of the fault until every node decides about a key that it has never seen, and makes a change: the longest and the median. */
  backMs: { median: number; max: number };
  acknowledged: number;
  receipts: number;
  decisions: number;
  unavailable: number;
  degraded: number;
  /** For how long from its beginning every node that was up decided about a key which it knew; the least, and none where it never ceased. */
  lastedMs: number;
  /** Each is a failure. */
  wrong: string[];
}

/** The same fault again and again under load; then everything is judged. */
export async function playFault<W extends World>(world: W, fault: Fault<W>, rounds: number): Promise<Report> {
  const report: Report = {
    rounds,
    backMs: { median: Number.NaN, max: Number.NaN },
    acknowledged: 0,
    receipts: 0,
    decisions: 0,
    unavailable: 0,
    degraded: 0,
    lastedMs: Number.POSITIVE_INFINITY,
    wrong: [],
  };
  const backMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await lastSequence(world);
    const load = new Load(world.places, world.token);
    await pause(AROUND_MS);
    const struckAt = performance.now();
    const end = await fault.strike(world);
    const cutAt = performance.now();
    await pause(fault.ms);
    const endedAt = performance.now();
    await end();
    backMs.push(await untilBack(world));
    await pause(AROUND_MS);
    await load.stop();
    for (const { sentAt, passes } of load.ofLiving)
      if (!passes && sentAt > struckAt) report.lastedMs = Math.min(report.lastedMs, sentAt - struckAt);
    for (const place of world.places.filter(one => fault.cutsOff?.(one)))
      report.wrong.push(...whyTooLong(place, load.ofLiving, cutAt, endedAt));
    judge(load, await eventsSince(world, before), report);
  }
  if (report.lastedMs < LASTS_MS_MIN) report.wrong.push(`a key that was known passed for ${report.lastedMs} ms only`);
  if (fault.degrades && report.degraded === 0) report.wrong.push('nobody said that limits were degraded');
  const { intact } = await clientAt(first(world), world.token).checkEvents({});
  if (!intact) report.wrong.push('the chain of events is broken');
  backMs.sort((a, b) => a - b);
  report.backMs = { median: backMs[backMs.length >> 1] ?? Number.NaN, max: backMs.at(-1) ?? Number.NaN };
  return report;
}

/** Whoever can not reach the database lets no key pass after its lease, not even one that lives. */
function whyTooLong(place: Place, said: readonly SaidOfLiving[], cutAt: number, endedAt: number): string[] {
  const since = cutAt + STALE_MAX_MS + LATE_MS;
  const late = said.filter(one => one.place === place && one.sentAt > since && one.answeredAt < endedAt);
  if (late.length === 0) return [`${place.name} was not asked after its lease`];
  const passed = late.filter(({ passes }) => passes);
  return passed.map(
    ({ sentAt }) => `${place.name} let a key pass ${Math.round(sentAt - cutAt)} ms after it was cut off`,
  );
}

function judge(load: Load, events: readonly Event[], report: Report): void {
  const bound = { staleMaxMs: STALE_MAX_MS };
  for (const decided of load.decided) {
    const why = whyWrong(decided, load.changesOf(decided.key), bound);
    if (why !== undefined) report.wrong.push(why);
  }
  report.wrong.push(...load.wrongAnswers);
  try {
    checkEventsOfRound(events, load.asked);
  } catch (error) {
    report.wrong.push((error as Error).message);
  }
  report.acknowledged += load.asked.filter(({ acknowledged }) => acknowledged).length;
  report.decisions += load.decided.length;
  report.receipts += load.receipts;
  report.unavailable += load.unavailable;
  report.degraded += load.degraded;
}

/** Until each node decides about a key that it has not seen, and one change is made. */
async function untilBack(world: World): Promise<number> {
  const since = performance.now();
  const isBack = async ({ url }: { url: () => string }) => {
    const { key, token } = await clientAt({ url }, world.token).createAccessKey({ name: 'probe' });
    const { answer } = await verify(url(), [{ credential: token, method: 'GET' }]);
    await clientAt({ url }, world.token).deactivateAccessKey({ key });
    return answer?.items[0]?.allowed;
  };
  const all = world.places.map(place =>
    until(() => isBack(place), { ms: BACK_MS_MAX, everyMs: 20, what: `${place.name} to be back` }),
  );
  await Promise.all(all);
  return performance.now() - since;
}

async function lastSequence(world: World): Promise<number> {
  const { items } = await clientAt(first(world), world.token).listEvents({ limit: 1 });
  return items[0]?.seq ?? 0;
}

/** Oldest first, without those of probes. */
async function eventsSince(world: World, seq: number): Promise<Event[]> {
  const client = clientAt(first(world), world.token);
  const events: Event[] = [];
  let page = await client.listEvents({ limit: 100 });
  for (;;) {
    events.push(...page.items.filter(event => event.seq > seq));
    if (page.nextCursor === null || (page.items.at(-1)?.seq ?? 0) <= seq) break;
    page = await client.listEvents({ limit: 100, cursor: page.nextCursor });
  }
  return events.reverse().filter(({ target }) => target.name !== 'probe');
}

function first({ places }: World) {
  return places[0] ?? { url: () => '' };
}
