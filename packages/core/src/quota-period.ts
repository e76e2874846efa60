/** For how long a quota holds until it is filled anew: periods of the calendar. A week begins on Monday (ISO 8601). */
export const PERIODS = ['hour', 'day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

/** From `startsAt` up to, not including, `endsAt`; in milliseconds since 1970. */
export interface PeriodSpan {
  readonly startsAt: number;
  readonly endsAt: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export function isTimeZone(timeZone: string): boolean {
  try {
    clockOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The period in which a moment lies. Days, weeks and months begin when the clocks of the time zone first show their first day; where summer time
 * begins or ends they are an hour shorter or longer.
 */
export function periodAt(per: Period, timeZone: string, at: number): PeriodSpan {
  if (per === 'hour') return hourAt(timeZone, at);
  const { year, month, day } = shownAt(timeZone, at);
  const [first, next] = daysOf(per, year, month, day);
  return { startsAt: beginOf(timeZone, first), endsAt: beginOf(timeZone, next) };
}

/** The first day of the period and that of the next one, as moments of a calendar without time zones. */
function daysOf(per: Exclude<Period, 'hour'>, year: number, month: number, day: number): [number, number] {
  if (per === 'month') return [Date.UTC(year, month - 1, 1), Date.UTC(year, month, 1)];
  if (per === 'day') return [Date.UTC(year, month - 1, day), Date.UTC(year, month - 1, day + 1)];
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7; // Monday is 0
  const monday = day - weekday;
  return [Date.UTC(year, month - 1, monday), Date.UTC(year, month - 1, monday + 7)];
}

/** Begins with :00 of the clocks, also where they lie a half or a quarter of an hour beside others. */
function hourAt(timeZone: string, at: number): PeriodSpan {
  const offset = offsetAt(timeZone, at);
  let startsAt = at - modulo(at + offset, HOUR_MS);
  let endsAt = startsAt + HOUR_MS;
  // On Lord Howe Island summer time is half an hour: where it begins or ends, so does an hour.
  const isOther = (moment: number) => modulo(offsetAt(timeZone, moment) - offset, HOUR_MS) !== 0;
  while (isOther(startsAt)) startsAt += MINUTE_MS;
  while (isOther(endsAt - 1)) endsAt -= MINUTE_MS;
  return { startsAt, endsAt };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** The first moment at which the clocks of the time zone show that day. */
function beginOf(timeZone: string, day: number): number {
  const offsets = [day - 24 * HOUR_MS, day + 24 * HOUR_MS].map(near => offsetAt(timeZone, near));
  // Midnight may be skipped: then the day begins when the clocks are set forward, which the offset before it names.
  const begins = offsets.map(offset => day - offset).sort((a, b) => a - b);
  const found = begins.find(begin => localAt(timeZone, begin) >= day);
  return found ?? Math.max(...begins);
}

/** What the clocks of the time zone show, as a moment of a calendar without time zones. */
function localAt(timeZone: string, at: number): number {
  return at + offsetAt(timeZone, at);
}

/** How far the clocks of the time zone are ahead of UTC. */
function offsetAt(timeZone: string, at: number): number {
  const { year, month, day, hour, minute, second } = shownAt(timeZone, at);
  return Date.UTC(year, month - 1, day, hour, minute, second) - (at - modulo(at, 1000));
}

type Shown = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;

function shownAt(timeZone: string, at: number): Shown {
  const parts = clockOf(timeZone)
    .formatToParts(at)
    .map(({ type, value }) => [type, Number(value)]);
  return Object.fromEntries(parts) as Shown; // the parts that were asked for; others are not looked at
}

const clocks = new Map<string, Intl.DateTimeFormat>();
/** There are about 600 names. */
const CLOCKS_MAX = 1000;

/** Making one takes longer than using it a hundred times. Throws RangeError for what is no time zone. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const part = 'numeric';
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, year: part, month: part, day: part, hour: part, minute: part, second: part },
    ...{ calendar: 'gregory', hourCycle: 'h23' },
  });
  if (clocks.size >= CLOCKS_MAX) clocks.clear();
  clocks.set(timeZone, clock);
  return clock;
}
