import { checkAPIKey, extractShortToken, generateAPIKey } from 'prefixed-api-key';
import { PEER_KEYS, type Peer } from './peer.ts';

/** prefixed-api-key over a Map: hash and compare, without states, permissions, limits. */
export async function openPrefixedApiKey(): Promise<Peer> {
  const hashes = new Map<string, string>();
  const tokens: string[] = [];
  for (let n = 0; n < PEER_KEYS; n++) {
    const { shortToken, longTokenHash, token } = await generateAPIKey({ keyPrefix: 'bench' });
    if (shortToken === undefined || token === undefined) throw new Error('prefixed-api-key made no key'); // as its types allow
    hashes.set(shortToken, longTokenHash);
    tokens.push(token);
  }
  const verify = async (token: string) => {
    const known = hashes.get(extractShortToken(token));
    return known !== undefined && checkAPIKey(token, known);
  };
  return { tokens, verify };
}
