import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  type ApiFacts,
  compileEndpoints,
  type Decision,
  decide,
  formatToken,
  grantSets,
  newKeyId,
  newSecret,
  type ProvableFacts,
  permissionWithinRole,
} from '@keywright/core';
import type { FeedEvent } from '../../packages/verifier/src/remote/feed.ts';
import type { Questions } from '../../packages/verifier/src/remote/questions.ts';
import { digestOf } from '../../packages/verifier/src/verifier.ts';

export const APIS = ['api_aaaaaaaaaaaaaaaaaaaa', 'api_bbbbbbbbbbbbbbbbbbbb'];
export const [API = ''] = APIS;
const ACCOUNT = 'acc_aaaaaaaaaaaaaaaaaaaa';
const PROJECT = 'prj_aaaaaaaaaaaaaaaaaaaa';
const OWNERS = ['mem_aaaaaaaaaaaaaaaaaaaa', 'mem_bbbbbbbbbbbbbbbbbbbb'];
/** What a change makes of a key; whether there is one at all. */
export const KEY_CHANGES = [
  { permission: 'read_write', grants: {} },
  { permission: 'read_only', grants: {} },
  { permission: 'restricted', grants: Object.fromEntries(APIS.map(api => [api, ['GET /']])) },
  { permission: 'restricted', grants: { [API]: 'read_only' } },
  undefined,
] as const;
const OWNER_CHANGES = [
  { role: 'member', active: true },
  { role: 'viewer', active: true },
  { role: 'member', active: false },
] as const;
/** Of an account whether it is active, of a project whether it is not archived. */
const ACTIVITY = [true, false] as const;
/** What `GET /` is at an API: whether it reads, null for none; undefined when there is no API. */
const API_CHANGES = [{ reads: true }, { reads: false }, { reads: null }, undefined] as const;
/** One more than are kept. */
export const KEYS = Array.from({ length: 4 }, (_, n) => {
  const key = newKeyId(randomBytes);
  const secret = newSecret(key, randomBytes);
  const token = formatToken('kw', key, secret).reveal();
  return { key, token, digest: digestOf(secret), owner: n % 2, project: n < 2 ? null : PROJECT };
});

export const PAGES = [KEYS.slice(0, 2), KEYS.slice(2)].map(page => page.map(({ key }) => key));

const IDS = {
  access_key: KEYS.map(one => one.key),
  owner: OWNERS,
  account: [ACCOUNT],
  project: [PROJECT],
  api: APIS,
};
export type Kind = keyof typeof IDS;
type State<Value> = { value: Value | undefined; since: number };
export type Wanted = Parameters<Questions['facts']>[0];
export type Answer = Awaited<ReturnType<Questions['facts']>>;

/** The server as it is: what it says is true when it says it. */
export class ModelServer {
  sequence = 10;
  readonly log: FeedEvent[] = [];
  readonly keys: (typeof KEY_CHANGES)[number][] = KEYS.map((_, n) => KEY_CHANGES.at(n - 1));
  readonly owners: (typeof OWNER_CHANGES)[number][] = OWNERS.map(() => OWNER_CHANGES[0]);
  account: boolean = true;
  project: boolean = true;
  readonly facts: State<ProvableFacts>[][] = KEYS.map(() => []);
  readonly apis: State<ApiFacts>[][] = APIS.map((_, n) => [{ value: apiOf(n, API_CHANGES[0]), since: -Infinity }]);

  constructor() {
    this.#keep(-Infinity, () => true);
  }

  change(kind: Kind, n: number, choice: number, at: number): void {
    const of = n % IDS[kind].length;
    this.log.push({ type: 'change', sequence: ++this.sequence, hash: '', kind, id: IDS[kind][of] ?? '' });
    if (kind === 'access_key') this.keys[of] = one(KEY_CHANGES, choice);
    else if (kind === 'owner') this.owners[of] = one(OWNER_CHANGES, choice);
    else if (kind === 'api') this.apis[of]?.push({ value: apiOf(of, one(API_CHANGES, choice)), since: at });
    else this[kind] = one(ACTIVITY, choice);
    const isMeant = {
      access_key: (key: number) => key === of,
      owner: (key: number) => KEYS[key]?.owner === of,
      account: () => true,
      project: (key: number) => KEYS[key]?.project === PROJECT,
      api: () => false,
    };
    this.#keep(at, isMeant[kind]);
  }

  read({ keys = [], apis = [] }: Wanted): Answer {
    return {
      keys: this.facts.flatMap(states => states.at(-1)?.value ?? []).filter(({ key }) => keys.includes(key)),
      apis: this.apis.flatMap(states => states.at(-1)?.value ?? []).filter(({ id }) => apis.includes(id)),
    };
  }

  /** What could be said of the key at the API by what was so at some moment from `from` on. */
  truths(n: number, api: string | undefined, from: number): string[] {
    const known = api === undefined ? undefined : current(this.apis[APIS.indexOf(api)], from);
    return current(this.facts[n], from).flatMap(facts =>
      known === undefined ? saidOf(facts, { method: 'GET' }) : known.map(one => saidAt(facts, one)),
    );
  }

  #keep(at: number, isMeant: (key: number) => boolean): void {
    for (const [n, states] of this.facts.entries())
      if (isMeant(n)) states.push({ value: this.#factsOf(n, states.length), since: at });
  }

  #factsOf(n: number, number: number): ProvableFacts | undefined {
    const { key, digest, owner, project } = KEYS[n] ?? assert.fail();
    const [held, { role, active }] = [this.keys[n], this.owners[owner] ?? assert.fail()];
    if (held === undefined) return undefined;
    return {
      key,
      digest,
      name: `state ${number}`,
      enabled: project === null || this.project,
      notBefore: null,
      expiresAt: null,
      permission: permissionWithinRole(held.permission, role),
      grants: grantSets(held.grants),
      networks: [],
      project,
      owner: { kind: 'member', id: OWNERS[owner] ?? '', name: 'Ada', role, active },
      account: { id: ACCOUNT, active: this.account },
      limits: [],
    };
  }
}

export function one<Value>(choices: readonly Value[], n: number): Value {
  return choices[n % choices.length] as Value; // there is one at least
}

function current<Value>(states: readonly State<Value>[] = [], from: number): (Value | undefined)[] {
  return states.filter((_, i) => (states[i + 1]?.since ?? Infinity) >= from).map(({ value }) => value);
}

function apiOf(n: number, change: (typeof API_CHANGES)[number]): ApiFacts | undefined {
  if (change === undefined) return undefined;
  const entries = change.reads === null ? [] : [{ id: 'GET /', method: 'GET', path: '/', reads: change.reads }];
  return { id: APIS[n] ?? '', account: ACCOUNT, project: null, endpoints: compileEndpoints(entries) };
}

function saidAt(facts: ProvableFacts | undefined, api: ApiFacts | undefined): string {
  if (api === undefined) return 'unknown';
  return saidOf(facts, { api: api.id, method: 'GET', endpoint: api.endpoints.find('GET', '/') });
}

function saidOf(facts: ProvableFacts | undefined, action: Omit<Parameters<typeof decide>[1], 'project'>): string {
  return textOf(decide(facts, { ...action, project: facts?.project ?? null }, 0));
}

export function textOf(decision: Decision): string {
  const said = decision.allowed ? 'allowed' : decision.reason;
  return decision.facts === undefined ? said : `${said} in ${decision.facts.name}`;
}
