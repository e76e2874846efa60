import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  type ApiFacts,
  type Credential,
  compileEndpoints,
  type EndpointEntry,
  endpointId,
  type GrantSets,
  grantSets,
  type KeyDigest,
  type KeyId,
  newId,
  newKeyId,
  newSecret,
  type ProvableFacts,
  reads,
} from '@keywright/core';
import { digestOf, Verifier } from '@keywright/verifier';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const OWNERS = 1000;
/** Lists of endpoints that are given to keys, and how many stand in each. */
const LISTS = 200;
const LISTED = 20;
export const API = newId('api', randomBytes);

/** An endpoint, and a request for it. */
export interface Case {
  id: string;
  method: string;
  path: string;
  reads: boolean;
}

export function entriesOfGithub(): EndpointEntry[] {
  const document: { paths: Record<string, object> } = createRequire(import.meta.url)(
    '@octokit/openapi/generated/api.github.com.json',
  );
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter(method => METHODS.includes(method))
      .map(lower => {
        const method = lower.toUpperCase();
        return { id: endpointId(method, path), method, path, reads: reads(method) };
      }),
  );
}

export function github(): Case[] {
  return entriesOfGithub().map(entry => ({ ...entry, path: entry.path.replaceAll(/\{[^}]*\}/g, 'octo-42.x') }));
}

export function credentials(count: number): Credential[] {
  return Array.from({ length: count }, () => {
    const key = newKeyId(randomBytes);
    return { key, secret: newSecret(key, randomBytes) };
  });
}

const account = Object.freeze({ id: newId('acc', randomBytes), active: true });
const owners = Array.from({ length: OWNERS }, (_, n) =>
  Object.freeze({
    kind: 'member' as const,
    id: newId('mem', randomBytes),
    name: `Owner ${n}`,
    role: 'member' as const,
    active: true,
  }),
);
const NONE = Object.freeze([]);

/** ProvableFacts as the store makes them: what several keys share is one object. */
export function factsFor(n: number, key: KeyId, digest: KeyDigest, more: Partial<ProvableFacts> = {}): ProvableFacts {
  const owner = owners[n % OWNERS] as ProvableFacts['owner']; // of a list of that length
  return Object.freeze({
    key,
    digest,
    name: `Key ${n}`,
    enabled: true,
    notBefore: null,
    expiresAt: null,
    permission: 'read_write',
    grants: NO_GRANTS,
    networks: NONE,
    project: null,
    owner,
    account,
    limits: NONE,
    ...more,
  });
}

const NO_GRANTS = grantSets({});

/** Keys of which half may call some endpoints of GitHub's API, a quarter all that read, a quarter all. */
export class KeySource {
  readonly tokens: string[] = [];
  readonly #facts = new Map<KeyId, ProvableFacts>();
  readonly #cases: readonly Case[];
  readonly #lists: readonly { grants: GrantSets; given: readonly Case[] }[];
  readonly #reading: readonly Case[];

  constructor(size: number, cases: readonly Case[]) {
    this.#cases = cases;
    this.#reading = cases.filter(one => one.reads);
    this.#lists = Array.from({ length: LISTS }, (_, at) => {
      const given = cases.filter((_, n) => n % Math.floor(cases.length / LISTED) === at % 61);
      return { grants: grantSets({ [API]: given.map(({ id }) => id) }), given };
    });
    for (const [n, { key, secret }] of credentials(size).entries()) {
      this.tokens.push(inOnePiece(`kw_${key}_${secret.reveal()}`));
      const permission = n % 4 === 0 ? 'read_only' : n % 4 === 1 ? 'read_write' : 'restricted';
      const grants = permission === 'restricted' ? (this.#lists[n % LISTS]?.grants ?? NO_GRANTS) : NO_GRANTS;
      this.#facts.set(key, factsFor(n, key, digestOf(secret), { permission, grants }));
    }
  }

  /** ProvableFacts of all keys; once each is known nothing but the verifier holds them. */
  verifier(): Verifier {
    const api: ApiFacts = {
      id: API,
      account: account.id,
      project: null,
      endpoints: compileEndpoints(entriesOfGithub()),
    };
    const load = (key: KeyId) => {
      const facts = this.#facts.get(key);
      this.#facts.delete(key);
      return facts;
    };
    return new Verifier(load, { loadApi: id => (id === API ? api : undefined) });
  }

  /** A request that the nth key may make. */
  caseOf(n: number): Case {
    const list = n % 4 === 0 ? this.#reading : n % 4 === 1 ? this.#cases : (this.#lists[n % LISTS]?.given ?? []);
    return list[n % list.length] as Case; // no list is empty
  }
}

/** As the text of a header is: one that was put together is copied at its first use. */
export function inOnePiece(text: string): string {
  return Buffer.from(text).toString('latin1');
}
