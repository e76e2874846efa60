import { type Asked, limits } from '@keywright/core';
import { BY_NAME } from './answers.ts';
import type { RequestParts } from './request.ts';

/** For what a key is to be good. What is not said is not granted: no method counts as writing, no address lies in no network. */
export interface AskedFor {
  /** The id of the API. Without it a restricted key may do nothing. */
  readonly api?: string | undefined;
  /** The endpoint of the API by its id (`GET /items/{}`) or its name, in place of `method` and `path`. */
  readonly endpoint?: string | undefined;
  /** That of the request unless told. */
  readonly method?: string | undefined;
  /** That of the request unless told; the query decides nothing. */
  readonly path?: string | undefined;
  /** The project at whose endpoint; null for none. That of the verifier unless told. */
  readonly project?: string | null | undefined;
  /** Of the client, as far as it can be trusted. Keys that are bound to networks need it. */
  readonly address?: string | undefined;
  /** What made the request, for the last use of the key. */
  readonly agent?: string | undefined;
  /** What it takes from the limits of the key: 1 unless told. 0 asks whether anything is left, and takes nothing. */
  readonly cost?: number | undefined;
}

/** The same as the core asks. Throws TypeError for a cost that is none. A name or an id of no endpoint is no endpoint: it takes the right to write at the whole API. */
export function askedOf(asked: AskedFor, { method, path, agent }: RequestParts, project: string | null): Asked {
  const { api, endpoint, address, cost } = asked;
  if (cost !== undefined && !(Number.isInteger(cost) && cost >= 0 && cost <= limits.costMax))
    throw new TypeError(`cost must be a whole number from 0 to ${limits.costMax}`);
  return {
    api,
    method: endpoint === undefined ? plain(asked.method ?? method) : BY_NAME,
    path: endpoint ?? asked.path ?? path,
    project: asked.project === undefined ? project : asked.project,
    address,
    agent: asked.agent ?? agent,
    cost,
  };
}

/** Only we name endpoints in place of a method. */
function plain(method: string | undefined): string | undefined {
  return method === BY_NAME ? undefined : method;
}
