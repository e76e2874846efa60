import { addressInNetworks, type Network, parseAddress } from '@keywright/core';

/**
 * The address of the client: walking back through X-Forwarded-For as long as the hop is one that we trust; the first that is not
 * is the client. Without trusted hops it is whoever opened the connection.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: readonly Network[]): string {
  let address = plainAddress(peer);
  if (forwardedFor === undefined || trusted.length === 0) return address;
  const hops = forwardedFor.split(',');
  while (hops.length > 0 && addressInNetworks(address, trusted)) {
    const hop = (hops.pop() ?? '').trim();
    if (parseAddress(hop) === undefined) return address;
    address = plainAddress(hop);
  }
  return address;
}

/** A dual-stack socket shows IPv4 as ::ffff:192.0.2.1. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
