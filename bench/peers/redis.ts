import { hash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { PEER_KEYS, type Peer } from './peer.ts';

/** What many write by hand: the owner of a key in Redis, by the SHA-256 of the key. */
export async function openRedis(port: number): Promise<Peer> {
  const redis = new Redis({ port, host: '127.0.0.1', enableAutoPipelining: true });
  const tokens = Array.from({ length: PEER_KEYS }, () => randomBytes(30).toString('base64url'));
  for (const [n, token] of tokens.entries()) await redis.set(nameOf(token), `owner ${n}`);
  return { tokens, verify: async token => (await redis.get(nameOf(token))) !== null };
}

function nameOf(token: string): string {
  return `key:${hash('sha256', token)}`;
}
