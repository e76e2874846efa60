/** What others do with a text that a client sends as its key. */
export interface Peer {
  tokens: readonly string[];
  verify(token: string): Promise<boolean>;
}

/** How many keys a peer has. */
export const PEER_KEYS = 1000;
