import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isTimeZone, PERIODS, periodAt } from './quota-period.ts';

const at = (text: string) => Date.parse(text);
const shown = (per: (typeof PERIODS)[number], zone: string, text: string) => {
  const { startsAt, endsAt } = periodAt(per, zone, at(text));
  return [new Date(startsAt).toISOString(), new Date(endsAt).toISOString()].map(time => time.replace(':00.000Z', 'Z'));
};

describe('the period in which a moment lies', () => {
  /** Per, time zone, moment, begin, end. */
  const cases = [
    ['hour', 'UTC', '2027-01-31T12:34:56.789Z', '2027-01-31T12:00Z', '2027-01-31T13:00Z'],
    ['hour', 'Asia/Kolkata', '2027-01-31T12:34:56Z', '2027-01-31T12:30Z', '2027-01-31T13:30Z'],
    ['hour', 'Asia/Kathmandu', '2027-01-31T12:34:56Z', '2027-01-31T12:15Z', '2027-01-31T13:15Z'],
    // The clocks show 02:00 to 03:00 twice: these are two hours.
    ['hour', 'Europe/Berlin', '2027-10-31T00:30:00Z', '2027-10-31T00:00Z', '2027-10-31T01:00Z'],
    ['hour', 'Europe/Berlin', '2027-10-31T01:30:00Z', '2027-10-31T01:00Z', '2027-10-31T02:00Z'],
    // Half an hour of summer time: 02:00 becomes 02:30 in October, and 02:00 becomes 01:30 in April.
    ['hour', 'Australia/Lord_Howe', '2027-10-02T15:29:59Z', '2027-10-02T14:30Z', '2027-10-02T15:30Z'],
    ['hour', 'Australia/Lord_Howe', '2027-10-02T15:30:00Z', '2027-10-02T15:30Z', '2027-10-02T16:00Z'],
    ['hour', 'Australia/Lord_Howe', '2027-04-03T14:59:59Z', '2027-04-03T14:00Z', '2027-04-03T15:00Z'],
    ['hour', 'Australia/Lord_Howe', '2027-04-03T15:00:00Z', '2027-04-03T15:00Z', '2027-04-03T15:30Z'],
    ['day', 'UTC', '2027-02-28T23:59:59.999Z', '2027-02-28T00:00Z', '2027-03-01T00:00Z'],
    ['day', 'UTC', '2028-02-29T00:00:00.000Z', '2028-02-29T00:00Z', '2028-03-01T00:00Z'],
    ['day', 'Pacific/Kiritimati', '2027-01-01T09:59:00Z', '2026-12-31T10:00Z', '2027-01-01T10:00Z'],
    ['day', 'America/New_York', '2027-01-01T04:59:00Z', '2026-12-31T05:00Z', '2027-01-01T05:00Z'],
    // Of 23 and of 25 hours.
    ['day', 'Europe/Berlin', '2027-03-28T12:00:00Z', '2027-03-27T23:00Z', '2027-03-28T22:00Z'],
    ['day', 'Europe/Berlin', '2027-10-31T12:00:00Z', '2027-10-30T22:00Z', '2027-10-31T23:00Z'],
    // Midnight is skipped, or comes twice.
    ['day', 'Africa/Cairo', '2027-04-30T12:00:00Z', '2027-04-29T22:00Z', '2027-04-30T21:00Z'],
    ['day', 'Africa/Cairo', '2027-10-28T20:30:00Z', '2027-10-27T21:00Z', '2027-10-28T22:00Z'],
    ['day', 'America/Havana', '2027-11-07T05:30:00Z', '2027-11-07T04:00Z', '2027-11-08T05:00Z'],
    ['week', 'UTC', '2027-01-03T23:59:59Z', '2026-12-28T00:00Z', '2027-01-04T00:00Z'],
    ['week', 'UTC', '2027-01-04T00:00:00Z', '2027-01-04T00:00Z', '2027-01-11T00:00Z'],
    ['week', 'Europe/Berlin', '2027-03-28T21:59:59Z', '2027-03-21T23:00Z', '2027-03-28T22:00Z'],
    ['month', 'UTC', '2027-01-31T23:59:59Z', '2027-01-01T00:00Z', '2027-02-01T00:00Z'],
    ['month', 'Europe/Berlin', '2027-03-31T21:59:59Z', '2027-02-28T23:00Z', '2027-03-31T22:00Z'],
    ['month', 'Asia/Tokyo', '2027-12-31T15:00:00Z', '2027-12-31T15:00Z', '2028-01-31T15:00Z'],
  ] as const;
  for (const [per, zone, moment, startsAt, endsAt] of cases)
    test(`${per} of ${moment} in ${zone}`, () => assert.deepEqual(shown(per, zone, moment), [startsAt, endsAt]));
});

/** Since 2012 no time zone has set its clocks back across midnight by other than the whole of what it shows. */
// At the end of 2011 Apia and Fakaofo left out a whole day.
const moments = fc.integer({ min: at('2012-02-01T00:00:00Z'), max: at('2099-12-31T00:00:00Z') });
const zones = fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone'));

test('periods follow each other without a gap, and each moment lies in the one that is its', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PERIODS), zones, moments, (per, zone, moment) => {
      const { startsAt, endsAt } = periodAt(per, zone, moment);
      assert.ok(startsAt <= moment && moment < endsAt);
      assert.deepEqual(periodAt(per, zone, startsAt), { startsAt, endsAt });
      assert.deepEqual(periodAt(per, zone, endsAt - 1), { startsAt, endsAt });
      assert.equal(periodAt(per, zone, endsAt).startsAt, endsAt);
      assert.equal(periodAt(per, zone, startsAt - 1).endsAt, startsAt);
    }),
    { numRuns: 2000 },
  );
});

test('a period begins at midnight of its day, or when the clocks first go on after it', () => {
  // In the Antarctic, clocks were moved by three hours at once.
  const hours = { day: [21, 27], week: [165, 171], month: [669, 747] } as const;
  fc.assert(
    fc.property(fc.constantFrom('day', 'week', 'month'), zones, moments, (per, zone, moment) => {
      const { startsAt, endsAt } = periodAt(per, zone, moment);
      const day = new Intl.DateTimeFormat('en-US', { timeZone: zone, day: 'numeric', weekday: 'short' });
      const [before, first] = [day.format(startsAt - 1), day.format(startsAt)];
      assert.notEqual(before, first);
      if (per === 'week') assert.match(first, /Mon/);
      if (per === 'month') assert.match(first, /^1\b/);
      const [min, max] = hours[per];
      assert.ok(endsAt - startsAt >= min * 3_600_000 && endsAt - startsAt <= max * 3_600_000);
    }),
    { numRuns: 1000 },
  );
});

test('a time zone is one that the clocks of this machine know', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia']) assert.ok(isTimeZone(zone), zone);
  for (const zone of ['', 'Mars/Olympus', 'Europe', '1'.repeat(100), "';--"]) assert.ok(!isTimeZone(zone), zone);
});
