/** The span of another process that a request belongs to. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  /** Whether the trace is kept, in its last bit. */
  traceFlags: number;
}

export const TRACE_PARENT = 'traceparent';
/** Source: W3C Trace Context, 3.2. */
const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const CHARS_MAX = 200;

export function parseTraceParent(text: string | undefined): TraceParent | undefined {
  if (text === undefined || text.length > CHARS_MAX) return undefined;
  const [, traceId, spanId, flags] = FORM.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** The value of the header; one that came twice is none. */
export function traceParentIn(rawHeaders: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    // Names and values in turn.
    const name = rawHeaders[i] as string;
    if (name.length === TRACE_PARENT.length && name.toLowerCase() === TRACE_PARENT)
      found = found === undefined ? rawHeaders[i + 1] : '';
  }
  return found;
}
