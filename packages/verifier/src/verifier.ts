import { hash } from 'node:crypto';
import {
  type Asked,
  type Credential,
  type Decision,
  decide,
  type Facts,
  type KeyDigest,
  type KeySecret,
} from '@keywright/core';
import { FactsCache, type LoadFacts } from './facts-cache.ts';

/** Decides whether requests that carry keys may pass. Source: design of the verify path (ARCHITECTURE.md). */
export class Verifier {
  readonly cache: FactsCache;

  constructor(load: LoadFacts, entriesMax?: number) {
    this.cache = new FactsCache(load, entriesMax);
  }

  /** find → prove → decide. `at` is in milliseconds since 1970. Rejects only when the facts cannot be loaded. */
  verify(credential: Credential, asked: Asked, at: number): Decision | Promise<Decision> {
    const found = this.cache.find(credential.key);
    if (found instanceof Promise) return found.then(facts => judge(facts, credential.secret, asked, at));
    return judge(found, credential.secret, asked, at);
  }
}

/** SHA-256: the secret is random, so a fast hash is right. */
export function digestOf(secret: KeySecret): KeyDigest {
  return hash('sha256', secret.reveal(), 'binary') as KeyDigest; // 32 characters, each a byte
}

/** A wrong secret is answered as if there were no such key. */
function judge(facts: Facts | undefined, secret: KeySecret, asked: Asked, at: number): Decision {
  const proven = facts !== undefined && isSameDigest(digestOf(secret), facts.digest);
  return decide(proven ? facts : undefined, asked, at);
}

/** Looks at every character whatever it finds, so that the time taken tells nothing of where two digests differ. */
function isSameDigest(a: KeyDigest, b: KeyDigest): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
