import { addressInNetworks, type Network, parseAddress, parseNetwork } from '@keywright/core';

const networks = (texts: string[]): Network[] => texts.map(parseNetwork).filter(network => network !== undefined);

/** All of IPv4 and the part of IPv6 from which addresses of the internet are given out (RFC 4291, 2.4). */
const UNICAST = networks(['0.0.0.0/0', '2000::/3']);
/** What is not of the internet, or leads elsewhere from there: the registries of special-purpose addresses (RFC 6890). */
const SPECIAL = networks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
]);

/** Whether the server may ask at an address that a person has given: only on the internet, or where the configuration allows it. */
export function mayAskAt(address: string, allowed: readonly Network[]): boolean {
  if (parseAddress(address) === undefined) return false;
  if (addressInNetworks(address, allowed)) return true;
  return addressInNetworks(address, UNICAST) && !addressInNetworks(address, SPECIAL);
}
