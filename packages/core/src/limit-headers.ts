import { type Charged, type LimitState, limitName } from './charge.ts';

/**
 * How the limits of a key stand, as names and values in turn. Source: draft-ietf-httpapi-ratelimit-headers-10, RFC 9651 (structured
 * fields), RFC 9110 10.2.3 (Retry-After). A rate whose burst is not its quota says so by a parameter of ours.
 */
export function limitHeaders({ limits, retryAt, degraded, at }: Charged): string[] {
  const headers = [
    'RateLimit-Policy',
    limits.map(policyItem).join(', '),
    'RateLimit',
    limits.map(state => `${nameOf(state)};r=${state.remaining};t=${secondsUntil(state.moreAt, at)}`).join(', '),
  ];
  if (retryAt !== null) headers.push('Retry-After', String(Math.max(1, secondsUntil(retryAt, at))));
  if (degraded) headers.push('Keywright-Limits', 'degraded');
  return headers;
}

/** The same as an object. */
export function limitHeaderFields(charged: Charged): Record<string, string> {
  const headers = limitHeaders(charged);
  const fields: Record<string, string> = {};
  // Names and values in turn.
  for (let i = 0; i < headers.length; i += 2) fields[headers[i] as string] = headers[i + 1] as string;
  return fields;
}

/** The limits that refused, by the names that the headers give them. */
export function violatedPolicies({ limits }: Charged): string[] {
  return limits.filter(({ exceeded }) => exceeded).map(limitName);
}

function policyItem(state: LimitState): string {
  const { max, seconds, burst } = state;
  const bursting = burst === null || burst === max ? '' : `;keywright-burst=${burst}`;
  return `${nameOf(state)};q=${max};w=${seconds}${bursting}`;
}

/** A string of structured fields: our names hold nothing that would have to be escaped. */
function nameOf(state: LimitState): string {
  return `"${limitName(state)}"`;
}

function secondsUntil(then: number, at: number): number {
  return Math.max(0, Math.ceil((then - at) / 1000));
}
