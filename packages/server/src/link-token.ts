import { hash } from 'node:crypto';

/** What is kept of a link's token. */
export function digestOfToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
