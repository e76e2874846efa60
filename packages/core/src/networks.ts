/** An address as eight 16-bit groups; IPv4 lies in ::ffff:0:0/96 (RFC 4291, 2.5.5.2), so that both families share one form. */
type Groups = readonly number[];

/** A network in CIDR notation, read once; `bits` counts in the 128-bit form. */
export interface Network {
  readonly text: string;
  readonly groups: Groups;
  readonly bits: number;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined when it is none, or has bits set after its prefix. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...more] = text.split('/');
  const groups = parseAddress(address);
  if (groups === undefined || more.length > 0) return undefined;
  const offset = address.includes(':') ? 0 : 96;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const bits = length === undefined ? 128 : offset + Number(length);
  if (bits > 128 || !samePrefix(groups, masked(groups, bits), 128)) return undefined;
  return { text, groups, bits };
}

/** Reads networks that were looked at before they were written; throws at any other. */
export function readNetworks(texts: readonly string[]): Network[] {
  return texts.map(text => {
    const network = parseNetwork(text);
    // Never to be widened: a network that cannot be read must not become no restriction.
    if (network === undefined) throw new Error(`unreadable network: ${text}`);
    return network;
  });
}

/** Whether the address (text, v4 or v6) lies in one of the networks; what cannot be read lies in none. */
export function addressInNetworks(address: string, networks: readonly Network[]): boolean {
  const groups = parseAddress(address);
  return groups !== undefined && networks.some(network => samePrefix(groups, network.groups, network.bits));
}

/** Whether every address of `inner` lies in one network of `outer`. */
export function networkWithin(inner: Network, outer: readonly Network[]): boolean {
  return outer.some(network => network.bits <= inner.bits && samePrefix(inner.groups, network.groups, network.bits));
}

export function parseAddress(text: string): Groups | undefined {
  if (text.length > 45) return undefined;
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Groups | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
  return [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
}

function parseV6(text: string): Groups | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, mayEndInV4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const v4 = mayEndInV4 && index === parts.length - 1 ? parseV4(part) : undefined;
      if (v4 === undefined) return undefined;
      groups.push(...v4.slice(6));
    }
  }
  return groups;
}

function masked(groups: Groups, bits: number): Groups {
  return groups.map((group, index) => group & groupMask(bits, index));
}

function samePrefix(a: Groups, b: Groups, bits: number): boolean {
  return a.every((group, index) => ((group ^ (b[index] ?? 0)) & groupMask(bits, index)) === 0);
}

function groupMask(bits: number, index: number): number {
  const inGroup = Math.min(16, Math.max(0, bits - index * 16));
  return (0xffff << (16 - inGroup)) & 0xffff;
}

/** As `URL` spells it. What is sent there stays on this machine. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether others can read on the way what is sent to this address: it leaves this machine over `http:`. */
export function isInTheClear({ protocol, hostname }: Pick<URL, 'protocol' | 'hostname'>): boolean {
  return protocol === 'http:' && !LOOPBACK.test(hostname);
}
