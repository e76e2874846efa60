import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';

/** What snapshots are signed with: Ed25519 (RFC 8032), derived from the secret of the data folder, so that all processes share it. */
export interface SnapshotKey {
  /** SPKI in base64. */
  publicKey: string;
  /** base64url. */
  sign(text: string): string;
}

/** All of a PKCS #8 Ed25519 key that comes before its 32 bytes. Source: RFC 8410, 7. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export function snapshotKeyOf(secret: string): SnapshotKey {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'keywright snapshots', 32));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  return {
    publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64'),
    sign: text => sign(null, Buffer.from(text), key).toString('base64url'),
  };
}
