import { KeywrightError } from '@keywright/core';
import {
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { actorOf, type Caller } from '../callers/caller.ts';
import type { Config } from '../config.ts';
import { parseTraceParent, type TraceParent } from './trace-parent.ts';

/** A collector that does not answer keeps a process that stops for no longer. */
const LAST_MS = 2000;

type Settings = NonNullable<Config['traces']>;

/** Who or what a span is about. */
export interface Traced {
  caller: Caller | undefined;
  /** The request's own. */
  requestId?: string | undefined;
  traceParent?: string | undefined;
}

/** What happens within an operation that takes its time. */
export type TracePart = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * Spans for OpenTelemetry. This file is loaded only where they are wanted. Where they are sent, and how, the exporter reads from the standard
 * variables (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, …_TIMEOUT). No span holds what was given to an operation.
 */
export class Traces implements AsyncDisposable {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #log: Logger;

  constructor({ serviceName, ratio }: Settings, node: { id: string; version: string }, log: Logger) {
    this.#log = log;
    const tell = (reason: string) => log.warn({ reason }, 'traces can not be sent');
    const ignore = () => {};
    diag.setLogger({ error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
    const about = { 'service.name': serviceName, 'service.version': node.version, 'service.instance.id': node.id };
    this.#provider = new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes(about)),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    });
    this.#tracer = this.#provider.getTracer('keywright', node.version);
  }

  /** One operation, below the span that the request names, or as the beginning of a trace. */
  operation<Result>(name: string, about: Traced, work: (part: TracePart) => Promise<Result>): Promise<Result> {
    if (name === 'verify' && !isKept(parseTraceParent(about.traceParent))) return work(untraced);
    const { caller, requestId } = about;
    const by = caller && actorOf(caller);
    const attributes = {
      'keywright.operation': name,
      'keywright.request_id': requestId,
      'keywright.caller.kind': by?.kind,
      'keywright.caller.id': by?.id,
      'keywright.account': caller?.account,
    };
    const context = contextOf(about.traceParent);
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, context);
    const within = trace.setSpan(context, span);
    const part: TracePart = (name, work) => ended(this.#tracer.startSpan(name, {}, within), work);
    return ended(span, () => work(part));
  }

  /** A question about a key, where the request is part of a trace that is kept; undefined for all others. A trace of nothing but such a question would tell nothing. */
  question(door: string, traceParent: string | undefined): Question | undefined {
    if (!isKept(parseTraceParent(traceParent))) return undefined;
    const options = { kind: SpanKind.SERVER, attributes: { 'keywright.door': door } };
    return new Question(this.#tracer.startSpan('verify', options, contextOf(traceParent)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => late.reject(new Error('The collector does not answer.')), LAST_MS);
    await Promise.race([this.#provider.shutdown(), late.promise]).catch(({ message: reason }) =>
      this.#log.warn({ reason }, 'the last traces could not be sent'),
    );
    clearTimeout(timer);
    diag.disable();
  }
}

/** The span of a question about a key. */
export class Question {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  answered(status: number, result: string | undefined): void {
    this.#span.setAttributes({ 'http.response.status_code': status, 'keywright.result': result });
    if (status >= 500) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }
}

/** As its beginning decided. Source: W3C Trace Context, 3.2.2.5.1. */
function isKept(parent: TraceParent | undefined): boolean {
  return parent !== undefined && (parent.traceFlags & 1) === 1;
}

const untraced: TracePart = (_name, work) => work();

function contextOf(traceParent: string | undefined): Context {
  const parent = parseTraceParent(traceParent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

/** A refusal is no fault of ours; only its code is told. */
async function ended<Result>(span: Span, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code, status } = error instanceof KeywrightError ? error : { code: 'internal', status: 500 };
    span.setAttribute('error.type', code);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
