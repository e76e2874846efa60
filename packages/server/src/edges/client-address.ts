import { addressInNetworks, type Network, parseAddress } from '@keywright/core';

/**
 * The address of the client: walking back through X-Forwarded-For as long as the hop is one that we trust; the first that is not
 * is the client. Without trusted hops it is whoever opened the connection. Empty where a trusted hop could not name it.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: readonly Network[]): string {
  let address = plainAddress(peer);
  if (forwardedFor === undefined || trusted.length === 0) return address;
  const hops = forwardedFor.split(',');
  while (hops.length > 0 && addressInNetworks(address, trusted)) address = addressOfHop(hops.pop() ?? '');
  return address;
}

/** `192.0.2.7:4711` or `[2001:db8::7]:4711`: some proxies write the port as well. Source: RFC 7239, 6. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/** What is no address, such as `unknown`, lies in no network: that of the proxy that wrote it may be allowed to more than its client. */
function addressOfHop(hop: string): string {
  const address = hop.trim().replace(WITH_PORT, '$1$2');
  return parseAddress(address) === undefined ? '' : plainAddress(address);
}

/** A dual-stack socket shows IPv4 as ::ffff:192.0.2.1. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
