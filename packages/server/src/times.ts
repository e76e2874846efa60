/** Milliseconds since 1970 as RFC 3339 text, as every door shows times. */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}

export function timeOrNull(at: number | null): string | null {
  return at === null ? null : timeText(at);
}
