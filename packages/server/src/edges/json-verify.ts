import type { OutputOf } from '@keywright/contract';
import type { App } from '../app.ts';
import { runVerify } from '../run.ts';
import type { Answer } from './answer.ts';
import { isNamed } from './header-name.ts';
import type { PlainRequest } from './plain-request.ts';
import { edgeError, problemAnswer } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { readJson } from './rest.ts';

/** Whether it is a `POST /v1/verify` with nothing unusual; everything else takes the ordinary way through the router. */
export function isPlainVerify({ url, method, rawHeaders, body }: PlainRequest): boolean {
  if (url !== '/v1/verify' || method !== 'POST' || body.length === 0) return false;
  let isJson = false;
  let types = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    // rawHeaders holds names and values in turn.
    const name = rawHeaders[i] as string;
    if (isNamed(name, 'Content-Type')) isJson = types++ === 0 && rawHeaders[i + 1] === 'application/json';
  }
  return isJson;
}

/**
 * Applications ask at this door for every request of theirs: it goes through the contract as all others do, without the cost of a
 * router. Never throws or rejects.
 */
export function jsonVerify(app: App, request: PlainRequest): Answer | Promise<Answer> {
  try {
    const output = runVerify(app, readJson(request.body));
    return output instanceof Promise ? output.then(answer, error => refuse(app, request, error)) : answer(output);
  } catch (error) {
    return refuse(app, request, error);
  }
}

function answer(output: OutputOf<'verify'>): Answer {
  const body = JSON.stringify(output);
  const length = String(Buffer.byteLength(body));
  const type = ['Content-Type', 'application/json; charset=utf-8'];
  return { status: 200, headers: [...type, 'Content-Length', length, 'Cache-Control', 'no-store'], body };
}

function refuse(app: App, { rawHeaders }: PlainRequest, thrown: unknown): Answer {
  const error = edgeError(thrown);
  const requestId = requestIdOf(rawHeaders);
  if (error.status >= 500) app.log.error({ requestId, err: error.cause ?? error }, error.message);
  return problemAnswer(error, requestId);
}
