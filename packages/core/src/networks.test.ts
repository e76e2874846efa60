import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  addressInNetworks,
  isInTheClear,
  type Network,
  networkWithin,
  parseAddress,
  parseNetwork,
} from './networks.ts';

/** The network, which the test knows to be right. */
function network(text: string): Network {
  const parsed = parseNetwork(text);
  assert.ok(parsed, `${text} is no network`);
  return parsed;
}

const v4Bytes = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
// Few values, so that networks and addresses often lie near each other.
const v6Groups = fc.array(fc.oneof(fc.constantFrom(0, 1, 0xffff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
const v4Text = v4Bytes.map(bytes => bytes.join('.'));
const v6Text = v6Groups.map(groups => groups.map(group => group.toString(16)).join(':'));
const mappedText = v4Text.map(text => `::ffff:${text}`);
const address = fc.oneof(v4Text, v6Text, mappedText, fc.ipV4(), fc.ipV6());

/** A network of that many bits around an address, as our parser wants it: with no bits after the prefix. */
function networkAround(text: string, share: number): string {
  const isV4 = isIPv4(text);
  const groups = parseAddress(text) ?? [];
  const bits = Math.round(share * (isV4 ? 32 : 128));
  const inForm = isV4 ? bits + 96 : bits;
  const kept = groups.map((group, index) => {
    const zeros = Math.min(16, Math.max(0, (index + 1) * 16 - inForm));
    return (group >> zeros) << zeros;
  });
  const bytes = kept.slice(6).flatMap(group => [group >> 8, group & 255]);
  return `${isV4 ? bytes.join('.') : kept.map(group => group.toString(16)).join(':')}/${bits}`;
}

function contains(cidr: string, text: string): boolean {
  const [base = '', bits] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(base, Number(bits), isIPv4(base) ? 'ipv4' : 'ipv6');
  return list.check(text, isIPv4(text) ? 'ipv4' : 'ipv6');
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('against node:net', () => {
  test('the same texts are addresses', () => {
    const text = fc.oneof(address, fc.stringMatching(/^[0-9a-f:.]{0,46}$/), fc.string());
    const isAddress = (one: string) => (isIPv4(one) || isIPv6(one)) && !one.includes('%');
    fc.assert(
      fc.property(text, one => assert.equal(parseAddress(one) !== undefined, isAddress(one))),
      { numRuns: 5000 },
    );
  });

  test('the same addresses lie in a network around another address', () => {
    const pair = fc.tuple(address, share, address);
    fc.assert(
      fc.property(pair, ([base, part, asked]) => {
        const cidr = networkAround(base, part);
        assert.equal(addressInNetworks(asked, [network(cidr)]), contains(cidr, asked), `${asked} in ${cidr}`);
      }),
      { numRuns: 5000 },
    );
  });

  test('the same neighbours of an address lie in a network around it', () => {
    const flipped = fc.tuple(address, share, fc.nat(127));
    fc.assert(
      fc.property(flipped, ([base, part, bit]) => {
        const cidr = networkAround(base, part);
        const groups = (parseAddress(base) ?? []).map((group, index) =>
          index === bit >> 4 ? group ^ (1 << (15 - (bit & 15))) : group,
        );
        const neighbour = groups.map(group => group.toString(16)).join(':');
        assert.equal(
          addressInNetworks(neighbour, [network(cidr)]),
          contains(cidr, neighbour),
          `${neighbour} in ${cidr}`,
        );
        assert.ok(addressInNetworks(base, [network(cidr)]), `${base} in ${cidr}`);
      }),
      { numRuns: 5000 },
    );
  });

  test('a network within another holds no address that the other does not', () => {
    const two = fc.tuple(address, share, address, share);
    fc.assert(
      fc.property(two, ([base, part, otherBase, otherPart]) => {
        const inner = network(networkAround(base, part));
        const outer = network(networkAround(otherBase, otherPart));
        const first = inner.groups.map(group => group.toString(16)).join(':');
        const expected = inner.bits >= outer.bits && addressInNetworks(first, [outer]);
        assert.equal(networkWithin(inner, [outer]), expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('by hand', () => {
  const networks = [
    '0.0.0.0/0',
    '10.0.0.0/8',
    '192.0.2.0/24',
    '192.0.2.7',
    '192.0.2.7/32',
    '::/0',
    '2001:db8::/32',
    '2001:db8::1',
    '::ffff:192.0.2.0/120',
    '::ffff:0:0/96',
    '2001:DB8::/32',
  ];
  for (const text of networks) test(`a network: ${text}`, () => assert.equal(network(text).text, text));

  const none: Record<string, string> = {
    empty: '',
    'bits after the prefix, v4': '192.0.2.1/24',
    'bits after the prefix, v6': '2001:db8::1/32',
    'too long a prefix, v4': '192.0.2.0/33',
    'too long a prefix, v6': '2001:db8::/129',
    'an empty prefix': '192.0.2.0/',
    'a negative prefix': '192.0.2.0/-1',
    'a prefix with a leading zero': '10.0.0.0/08',
    'a prefix that is a mask': '10.0.0.0/255.0.0.0',
    'two prefixes': '10.0.0.0/8/8',
    'a leading zero, which some read as octal': '192.0.2.010',
    'hexadecimal v4': '0xc0.0.2.1',
    'three parts': '192.0.2',
    'five parts': '192.0.2.1.1',
    '256': '192.0.2.256',
    'two gaps': '2001::db8::1',
    'nine groups': '1:2:3:4:5:6:7:8:9',
    'a gap for nothing': '1:2:3:4:5:6:7::8',
    'five digits': '2001:db8::12345',
    'v4 in the middle': '::192.0.2.1:1',
    'a zone': 'fe80::1%eth0',
    brackets: '[2001:db8::1]',
    spaces: ' 192.0.2.1',
    'a line feed': '192.0.2.1\n',
    'a name': 'example.com',
    'other digits': '١٩٢.0.2.1',
    'very long': `${'0:'.repeat(1000)}1`,
  };
  for (const [name, text] of Object.entries(none)) {
    test(`no network: ${name}`, () => assert.equal(parseNetwork(text), undefined));
  }

  const inside: [address: string, network: string, inside: boolean][] = [
    ['192.0.2.0', '192.0.2.0/24', true],
    ['192.0.2.255', '192.0.2.0/24', true],
    ['192.0.3.0', '192.0.2.0/24', false],
    ['192.0.1.255', '192.0.2.0/24', false],
    ['::ffff:192.0.2.9', '192.0.2.0/24', true],
    ['::ffff:c000:209', '192.0.2.0/24', true],
    ['192.0.2.9', '::ffff:192.0.2.0/120', true],
    ['::192.0.2.9', '192.0.2.0/24', false],
    ['2001:db8:ffff::', '2001:db8::/32', true],
    ['2001:db9::', '2001:db8::/32', false],
    ['::1', '0.0.0.0/0', false],
    ['', '0.0.0.0/0', false],
    ['unknown', '::/0', false],
    ['192.0.2.1, 10.0.0.1', '0.0.0.0/0', false],
  ];
  for (const [text, cidr, expected] of inside) {
    test(`${text || 'no address'} ${expected ? 'lies' : 'does not lie'} in ${cidr}`, () =>
      assert.equal(addressInNetworks(text, [network(cidr)]), expected));
  }

  test('one of several networks is enough, and none is none', () => {
    assert.equal(addressInNetworks('10.1.1.1', [network('192.0.2.0/24'), network('10.0.0.0/8')]), true);
    assert.equal(addressInNetworks('10.1.1.1', []), false);
  });
});

describe('what others can read on the way', () => {
  const urls: [url: string, isInTheClear: boolean][] = [
    ['http://localhost:7600', false],
    ['http://LOCALHOST', false],
    ['http://127.1.2.3', false],
    ['http://[::1]:7600', false],
    ['http://localhost.example.com', true],
    ['http://127.0.0.1.example.com', true],
    ['http://10.0.0.5:7600', true],
    ['http://[::2]', true],
    ['https://10.0.0.5', false],
  ];
  for (const [url, expected] of urls) test(url, () => assert.equal(isInTheClear(new URL(url)), expected));
});
