const DAY_MS = 86_400_000;
const CLOCKS_DIFFER_MS = 10_000;

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const dayUtc = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `20 Nov 2026, 19:14:05` in the reader's time zone. */
export const exactTime = (iso: string) => exact.format(new Date(iso));
export const dayOf = (iso: string) => day.format(new Date(iso));
/** For days that were counted in UTC. */
export const utcDayOf = (iso: string) => dayUtc.format(new Date(iso));

/** `3 minutes ago`, `in 2 days`; `just now` within a minute. */
export function relativeTime(iso: string, now = Date.now()): string {
  const distance = Date.parse(iso) - now;
  for (const [unit, ms] of STEPS) {
    if (Math.abs(distance) >= ms) return relative.format(Math.round(distance / ms), unit);
  }
  // The clocks of server and browser are never quite the same.
  return distance > CLOCKS_DIFFER_MS ? 'in a moment' : 'just now';
}

const count = new Intl.NumberFormat('en-GB');
/** `1,000,000` */
export const countText = (number: number) => count.format(number);

/** `1 access key`, `3 access keys`. */
export const counted = (count: number, noun: string) =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** `read_write` and `not_yet_valid` as people read them. */
const TEXT: Record<string, string> = {
  read_write: 'Read/Write',
  read_only: 'Read only',
  restricted: 'Restricted',
  none: 'None',
  idle: 'Unused',
  expiring: 'Expires soon',
  active: 'Active',
  inactive: 'Inactive',
  expired: 'Expired',
  not_yet_valid: 'Not yet valid',
  invited: 'Invited',
  archived: 'Archived',
  legacy: 'Legacy',
  connected: 'Connected',
  late: 'Does not acknowledge',
  silent: 'Silent',
  behind: 'Behind',
  up: 'Answers',
  away: 'Does not answer',
  owner: 'Owner',
  admin: 'Admin',
  member: 'Member',
  viewer: 'Viewer',
  service_account: 'Service account',
  access_key: 'Access key',
  system: 'Keywright',
  project: 'Project',
  account: 'Account',
};

export const textOf = (value: string) => TEXT[value] ?? value;

/** Choices of a select for these values. */
export const choicesOf = (values: readonly string[]) => values.map(value => ({ value, label: textOf(value) }));
