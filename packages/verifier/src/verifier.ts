import { getRandomValues, hash } from 'node:crypto';
import {
  type ApiFacts,
  type Asked,
  BUILT_IN_API,
  type Charged,
  type Credential,
  type Decision,
  decide,
  type Facts,
  type KeyDigest,
  type KeyId,
  type KeySecret,
  limits,
  type ProvableFacts,
  parseCredential,
} from '@keywright/core';
import { ApiCache, type LoadApi } from './api-cache.ts';
import { Chaskey } from './chaskey.ts';
import { FactsCache, type LoadFacts } from './facts-cache.ts';
import { NO_ROW } from './key-table.ts';
import { Uses } from './uses.ts';

/** Finds the key that a text of another form proves; undefined at once when there can be none. */
export type FindForeign = (text: string) => Promise<KeyId | undefined> | undefined;

/** Charges a use to the limits of its key, which has some. */
export type Charge = (facts: Facts, asked: Asked, at: number) => Charged | Promise<Charged>;

/** Where a verifier finds what is not about keys of ours, what counts uses; how many facts it keeps at most. */
export interface Sources {
  loadApi?: LoadApi;
  findForeign?: FindForeign;
  /** Without it rate limits and quotas do not count. */
  charge?: Charge | undefined;
  entriesMax?: number;
}

/**
 * Decides whether requests that carry keys may pass. Source: design of the verify path (ARCHITECTURE.md).
 *
 * A text that proved its key by SHA-256 once is recognised by a MAC of 128 bits. This is as safe: its key is random and never leaves
 * this process, and no tag is ever shown, so whoever has not the text can but try one after the other, each with a chance of 2^-128
 * for each cached key. Tags tell no more of a secret than its digest does.
 */
export class Verifier {
  readonly cache: FactsCache;
  readonly apis: ApiCache;
  readonly uses = new Uses();
  readonly #mac = new Chaskey(getRandomValues(new Int32Array(4)), limits.credentialCharsMax);
  readonly #findForeign: FindForeign;
  readonly #charge: Charge | undefined;

  constructor(load: LoadFacts, { loadApi, findForeign, charge, entriesMax }: Sources = {}) {
    this.cache = new FactsCache(load, entriesMax);
    this.apis = new ApiCache(loadApi ?? (() => undefined));
    this.#findForeign = findForeign ?? (() => undefined);
    this.#charge = charge;
  }

  /** Forgets what it knows; who waits gets what was asked for just now. */
  clear(): void {
    this.cache.clear();
    this.apis.clear();
  }

  /** Another history follows: what is being loaded is not of it either, and is asked for again. */
  reset(): void {
    this.cache.reset();
    this.apis.reset();
  }

  /**
   * parse → find → prove → decide (at an API: which endpoint is meant) → charge, where the key has limits, and the use is taken down. `text` is a token or `key:secret`, `at` in milliseconds since 1970.
   * What proved its key before needs no parsing. Rejects only when facts cannot be loaded.
   */
  verify(text: string, asked: Asked, at: number): Decision | Promise<Decision> {
    if (text.length > limits.credentialCharsMax) return MALFORMED;
    const row = this.cache.rowOfText(text);
    if (row !== NO_ROW) {
      this.#mac.read(text);
      if (this.cache.isProvenBy(row, this.#mac.tag))
        return this.#decide(row, this.cache.factsAt(row), undefined, asked, at);
    }
    const credential = parseCredential(text);
    if (credential === undefined) return this.#verifyForeign(text, asked, at);
    const found = this.cache.find(credential.key);
    if (found instanceof Promise) return found.then(facts => this.#prove(text, credential, facts, asked, at));
    return this.#prove(text, credential, found, asked, at);
  }

  /** A wrong secret is answered as if there were no such key. */
  #prove(
    text: string,
    { secret }: Credential,
    facts: ProvableFacts | undefined,
    asked: Asked,
    at: number,
  ): Decision | Promise<Decision> {
    if (facts === undefined || !isSameDigest(digestOf(secret), facts.digest)) return decide(undefined, asked, at);
    return this.#know(text, facts, false, asked, at);
  }

  /** Remembers what the text proved. */
  #know(
    text: string,
    facts: ProvableFacts,
    isForeign: boolean,
    asked: Asked,
    at: number,
  ): Decision | Promise<Decision> {
    this.#mac.read(text);
    return this.#decide(this.cache.prove(facts, this.#mac.tag, isForeign), facts, facts.digest, asked, at);
  }

  /** A key that came from another system. Its text may be the user of Basic with an empty password (`curl -u KEY:`): it means the same in every carrier. */
  #verifyForeign(text: string, asked: Asked, at: number): Decision | Promise<Decision> {
    const user = text.endsWith(':') ? text.slice(0, -1) : undefined;
    const row = this.#rowOfForeign(text, user);
    if (row !== NO_ROW) return this.#decide(row, this.cache.factsAt(row), undefined, asked, at);
    const found = this.#findForeign(text)?.then(async key => {
      const facts = key && (await this.cache.find(key));
      if (facts !== undefined) return this.#know(text, facts, true, asked, at);
      return user === undefined ? decide(undefined, asked, at) : this.#verifyForeign(user, asked, at);
    });
    return found ?? MALFORMED;
  }

  /** Where the key is that one of the texts proved before. */
  #rowOfForeign(...texts: (string | undefined)[]): number {
    if (!this.cache.hasForeign) return NO_ROW;
    for (const text of texts) {
      if (text === undefined) continue;
      this.#mac.read(text);
      const row = this.cache.rowOfTag(this.#mac.tag);
      if (row !== NO_ROW) return row;
    }
    return NO_ROW;
  }

  /** Without a digest it stands in the row. */
  #decide(
    row: number,
    facts: Facts,
    digest: KeyDigest | undefined,
    asked: Asked,
    at: number,
  ): Decision | Promise<Decision> {
    const id = apiOf(asked);
    if (id === undefined) return this.#take(row, facts, asked, asked, at);
    const api = this.apis.find(id);
    if (!(api instanceof Promise)) return this.#take(row, facts, asked, askedAt(api, asked), at);
    return this.#decideLater({ key: facts.key, digest: digest ?? this.cache.digestAt(row) }, asked, at);
  }

  /** While its API was read the key may have changed, and another may stand in its row: its facts are looked at again. */
  async #decideLater(known: Pick<ProvableFacts, 'key' | 'digest'>, asked: Asked, at: number): Promise<Decision> {
    const { facts, wanted } = await this.#findBoth(known.key, asked);
    return facts?.digest === known.digest
      ? this.#take(NO_ROW, facts, asked, wanted, at)
      : decide(undefined, wanted, at);
  }

  /** `wanted` is what is asked for, with the endpoint that is meant. */
  #take(row: number, facts: Facts, asked: Asked, wanted: Asked, at: number): Decision | Promise<Decision> {
    const decision = decide(facts, wanted, at);
    if (!decision.allowed) return decision;
    if (facts.limits.length > 0 && this.#charge !== undefined && !wanted.unlimited) {
      const charged = this.#charge(facts, wanted, at);
      if (charged instanceof Promise) return charged.then(later => this.#takeLater(facts.key, later, asked, at));
      return this.#takeCharged(row, facts, charged, wanted, at);
    }
    this.#use(row, facts, wanted, at);
    return decision;
  }

  #takeCharged(row: number, facts: Facts, charged: Charged, wanted: Asked, at: number): Decision {
    if (charged.refused !== null) return { allowed: false, reason: charged.refused, facts, charged };
    this.#use(row, facts, wanted, at);
    return { allowed: true, facts, charged };
  }

  /** While it was charged the key may have changed, or its API: it is decided once more, and what was charged is spent. */
  async #takeLater(key: KeyId, charged: Charged, asked: Asked, at: number): Promise<Decision> {
    const { facts, wanted } = await this.#findBoth(key, asked);
    const decision = decide(facts, wanted, at);
    return decision.allowed ? this.#takeCharged(NO_ROW, decision.facts, charged, wanted, at) : decision;
  }

  /** The facts of a key, and what is asked for at its API, as they are at one moment. */
  async #findBoth(key: KeyId, asked: Asked): Promise<{ facts: ProvableFacts | undefined; wanted: Asked }> {
    const id = apiOf(asked);
    if (id === undefined) return { facts: await this.cache.find(key), wanted: asked };
    for (;;) {
      const { changes } = this.apis;
      const api = await this.apis.find(id);
      const facts = await this.cache.find(key);
      if (this.apis.changes === changes) return { facts, wanted: askedAt(api, asked) };
    }
  }

  #use(row: number, facts: Facts, asked: Asked, at: number): void {
    if (row === NO_ROW) this.uses.add(facts.key, asked, at);
    else this.cache.use(row, this.uses, facts.key, asked, at);
  }
}

/** The API whose endpoints tell what is asked for; undefined for none. */
function apiOf({ api }: Asked): string | undefined {
  return api === BUILT_IN_API ? undefined : api;
}

/** What is asked for at an API: only keys of its account are known there, and the request means one of its endpoints, or none. */
function askedAt(api: ApiFacts | undefined, asked: Asked): Asked {
  if (api === undefined || !isAskedFor(api, asked)) return { ...asked, account: NO_ACCOUNT };
  const { account, endpoints } = api;
  const { method, path, address, agent, authenticateOnly, cost, reserve, unlimited } = asked;
  const endpoint = method === undefined || path === undefined ? undefined : endpoints.find(method, path);
  return {
    // The id that is remembered, not the one that was read from the request: grants are found by it without a look at its characters.
    api: api.id,
    account,
    project: api.project ?? asked.project,
    endpoint,
    // Where a GET may write, so may one that is written in a way that no endpoint matches.
    method: endpoint === undefined && endpoints.readsMayWrite ? undefined : method,
    path,
    address,
    agent,
    authenticateOnly,
    cost,
    reserve,
    unlimited,
  };
}

function isAskedFor({ account, project }: ApiFacts, asked: Asked): boolean {
  if (asked.account !== undefined && asked.account !== account) return false;
  return project === null || asked.project === null || asked.project === project;
}

/** At what is no API every key is one of another account. */
const NO_ACCOUNT = '';

const MALFORMED: Decision = Object.freeze({ allowed: false, reason: 'malformed' });

/** SHA-256: the secret is random, so a fast hash is right. */
export function digestOf(secret: KeySecret): KeyDigest {
  return hash('sha256', secret.reveal(), 'binary') as KeyDigest; // 32 characters, each a byte
}

/** Looks at every character whatever it finds, so that the time taken tells nothing of where two digests differ. */
function isSameDigest(a: KeyDigest, b: KeyDigest): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
