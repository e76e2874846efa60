import { randomUUID } from 'node:crypto';

/** What others name requests by: a UUID, a ULID, or what a gateway puts together. Nothing that could mean more than itself in a log or a header. */
const GIVEN = /^[\w.:=+/@~-]{1,128}$/;
/** Source: W3C Trace Context, 3.2. */
const TRACE = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;
const TRACE_CHARS_MAX = 200;

/** The id of a request: the one that it brought (`X-Request-Id`, else the trace of `traceparent`) where that is well formed, else a new one. */
export function requestIdOf(rawHeaders: readonly string[]): string {
  const given = only(rawHeaders, 'x-request-id');
  if (given !== undefined && GIVEN.test(given)) return given;
  const trace = only(rawHeaders, 'traceparent');
  return (trace !== undefined && trace.length <= TRACE_CHARS_MAX && TRACE.exec(trace)?.[1]) || randomUUID();
}

/** The value of a header that came once. */
function only(rawHeaders: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  // Names and values in turn.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length !== name.length || rawHeaders[i]?.toLowerCase() !== name) continue;
    if (value !== undefined) return undefined;
    value = rawHeaders[i + 1];
  }
  return value;
}
