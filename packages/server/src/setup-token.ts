import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { KeySecret, type RandomBytes } from '@keywright/core';
import { digestOfToken } from './link-token.ts';

/**
 * The one-time token of the link with which the first person sets the server up. It lives in memory: each start makes a new one, unless nodes
 * share a secret.
 */
export class SetupToken {
  #digest: Buffer | undefined;

  /** Makes a new token; an earlier one is void. */
  issue(random: RandomBytes): KeySecret {
    const token = Buffer.from(random(24)).toString('base64url');
    this.use(token);
    return new KeySecret(token);
  }

  /** Takes one that another process of this server has made. */
  use(token: string): void {
    this.#digest = digestOfToken(token);
  }

  matches(token: string): boolean {
    return this.#digest !== undefined && timingSafeEqual(this.#digest, digestOfToken(token));
  }
}

/** Derived from the secret that several nodes share, so that each of them takes the link that any of them has printed. */
export function sharedSetupToken(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'keywright set-up', 24)).toString('base64url');
}
