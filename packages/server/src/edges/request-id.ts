import { randomUUID } from 'node:crypto';
import { parseTraceParent, TRACE_PARENT } from '../traces/trace-parent.ts';
import { isNamed } from './header-name.ts';

/** What others name requests by: a UUID, a ULID, or what a gateway puts together. Nothing that could mean more than itself in a log or a header. */
const GIVEN = /^[\w.:=+/@~-]{1,128}$/;

/** The id of a request: the one that it brought (`X-Request-Id`, else the trace of `traceparent`) where that is well formed, else a new one. */
export function requestIdOf(rawHeaders: readonly string[]): string {
  return givenRequestId(rawHeaders) ?? randomUUID();
}

/** The one that it brought. A header that came twice is none. On the path of every verify. */
export function givenRequestId(rawHeaders: readonly string[]): string | undefined {
  let id: string | undefined;
  let traceParent: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    // Names and values in turn.
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    if (isNamed(name, 'X-Request-Id')) id = id === undefined ? value : '';
    else if (isNamed(name, TRACE_PARENT)) traceParent = traceParent === undefined ? value : '';
  }
  if (id !== undefined && GIVEN.test(id)) return id;
  return parseTraceParent(traceParent)?.traceId;
}
