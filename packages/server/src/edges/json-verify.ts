import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import type { App } from '../app.ts';
import { runVerify } from '../run.ts';
import type { LeanRequest } from './lean-request.ts';
import { edgeError, sendProblem } from './problem.ts';
import { readJson } from './rest.ts';

/** Whether it is a `POST /v1/verify` with nothing unusual; everything else takes the ordinary way through the router. */
export function isPlainVerify(request: IncomingMessage): boolean {
  if (request.url !== '/v1/verify' || request.method !== 'POST') return false;
  let isJson = false;
  let types = 0;
  let bytes = 0;
  const raw = request.rawHeaders;
  for (let i = 0; i < raw.length; i += 2) {
    // rawHeaders holds names and values in turn.
    const name = raw[i] as string;
    if (name.length === 12 && name.toLowerCase() === 'content-type')
      isJson = types++ === 0 && (raw[i + 1] as string) === 'application/json';
    else if (name.length === 14 && name.toLowerCase() === 'content-length') bytes = Number(raw[i + 1]);
  }
  return isJson && bytes > 0 && bytes <= limits.bodyBytesMax;
}

/** Applications ask at this door for every request of theirs: it goes through the contract as all others do, without the cost of a router. */
export function jsonVerify(app: App, request: LeanRequest, response: ServerResponse): void {
  request.takeBody(body => {
    try {
      const output = runVerify(app, readJson(body));
      if (!(output instanceof Promise)) answer(response, output);
      else
        output.then(
          later => answer(response, later),
          error => refuse(app, response, error),
        );
    } catch (error) {
      refuse(app, response, error);
    }
  });
}

function answer(response: ServerResponse, output: OutputOf<'verify'>): void {
  const body = JSON.stringify(output);
  const length = Buffer.byteLength(body);
  response.writeHead(200, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(length),
    'Cache-Control',
    'no-store',
  ]);
  // Text without any character beyond ASCII needs no encoding.
  response.end(body, length === body.length ? 'latin1' : 'utf8');
}

function refuse(app: App, response: ServerResponse, thrown: unknown): void {
  const error = edgeError(thrown);
  const requestId = sendProblem(response, error);
  if (error.status >= 500) app.log.error({ requestId, err: error.cause ?? error }, error.message);
}
