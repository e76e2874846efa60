import { invalid } from '@keywright/core';
import { idLookup, isSlowHash, lookupOf, PLAIN, readDigest, type Scheme } from './scheme.ts';

/** What of an imported secret is kept: by what it is found, and what proves it. */
export interface Kept {
  lookup: Uint8Array;
  scheme: Scheme;
  hash: string;
}

interface Given {
  secret?: string | undefined;
  hash?: string | undefined;
  salt?: string | undefined;
  id?: string | undefined;
}

/** Our own keys have a form of their own and are never foreign. */
const OURS = /KW[A-Z2-7]{18}[_:][0-9A-Za-z]{40}$/i;

/** Reads the secret or the hash of a row. Throws `invalid_value` naming the field. */
export function keepSecret(given: Given, scheme: Scheme): Kept {
  if ((given.secret === undefined) === (given.hash === undefined))
    throw invalid('secret', 'required', 'give either the secret or its hash');
  if (given.secret !== undefined) return keepPlain(given.secret);
  return keepHash(given, given.hash ?? '', scheme);
}

function keepPlain(secret: string): Kept {
  const lookup = OURS.test(secret) ? undefined : lookupOf(PLAIN, secret);
  if (lookup === undefined) throw invalid('secret', 'form', 'has the form of a key of Keywright: make it here instead');
  return { lookup, scheme: PLAIN, hash: '' };
}

function keepHash({ salt, id }: Given, hash: string, scheme: Scheme): Kept {
  const { algorithm } = scheme;
  if (algorithm === 'bcrypt' || algorithm === 'argon2') {
    if (!isSlowHash(algorithm, hash))
      throw invalid('hash', algorithm, `is not a hash of ${algorithm} that can be taken`);
    return { lookup: idLookup(idOf(id, algorithm)), scheme: { ...scheme, byId: true }, hash };
  }
  const digest = readDigest(algorithm, hash);
  if (digest === undefined) throw invalid('hash', algorithm, `must be ${algorithm} in hex or base64`);
  if (salt === undefined) return { lookup: digest, scheme, hash: '' };
  const kept = `${salt}$${digest.toString('base64')}`;
  return { lookup: idLookup(idOf(id, 'a salt')), scheme: { ...scheme, byId: true }, hash: kept };
}

function idOf(id: string | undefined, why: string): string {
  if (id === undefined) throw invalid('id', 'required', `is needed with ${why}: it is how the key is found`);
  return id;
}
