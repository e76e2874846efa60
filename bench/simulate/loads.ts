import { measured } from './measured.ts';
import { different, type Group } from './popularity.ts';
import type { Random } from './random.ts';
import type { Region, Scenario } from './scenarios.ts';

/** What a region asks, and of that for the first time, a second. */
export interface Asked {
  region: Region;
  asks: number;
  sights: number;
}

export interface Load {
  what: string;
  wanted: number;
  thereIs: number;
  unit: string;
}

/** Everything that can be used up, the fullest first. */
export function loadsOf(scenario: Scenario, asked: readonly Asked[], groups: readonly Group[]): Load[] {
  const nodes = sum(asked, ({ region }) => region.nodes);
  const loads: Load[] = [
    { what: 'processors of nodes', wanted: sum(asked, coresOf), thereIs: nodes, unit: 'cores' },
    { what: 'processors of databases, for first sights', ...sightCores(scenario, asked), unit: 'cores' },
    {
      what: 'changes, one after the other',
      wanted: scenario.changesPerSecond,
      thereIs: (scenario.changeParts * 1000) / meanHoldMs(scenario),
      unit: '/s',
    },
    {
      what: 'uses written',
      wanted: sum(asked, one => usesOf(scenario, one, groups)),
      thereIs: scenario.useParts * measured.usesPerSecond,
      unit: '/s',
    },
    {
      what: 'changes read by all nodes',
      wanted: scenario.changesPerSecond * nodes,
      thereIs: measured.eventsReadPerSecond * scenario.changeParts,
      unit: '/s',
    },
    { what: 'connections', wanted: nodes * measured.connectionsPerNode, thereIs: scenario.connections, unit: '' },
    {
      what: 'disk, with the events of a year',
      wanted: (scenario.keys * (measured.bytesPerKey + 2 * measured.bytesPerEvent)) / 1e9,
      thereIs: (scenario.changeParts * scenario.diskBytes) / 1e9,
      unit: 'GB',
    },
  ];
  return loads.sort((a, b) => b.wanted / b.thereIs - a.wanted / a.thereIs);
}

/** How long a change keeps others waiting. Where it is made far from the database, each question on the way takes a trip. */
export function holdMs({ regions, changesAtHome }: Scenario, random: Random): number {
  let [left, which] = [random(), 0];
  while (left > (regions[which]?.share ?? 1)) left -= regions[which++]?.share ?? 0;
  return heldFrom(regions[changesAtHome ? 0 : which]);
}

export function meanHoldMs({ regions, changesAtHome }: Scenario): number {
  return changesAtHome ? heldFrom(regions[0]) : sum(regions, region => region.share * heldFrom(region));
}

function heldFrom(region: Region | undefined): number {
  return 1000 / measured.changesPerSecond + measured.tripsPerChange * (region?.primaryMs ?? 0);
}

function coresOf({ asks, sights }: Asked): number {
  return (asks - sights) / measured.verifiesPerSecond + sights / measured.firstVerifiesPerSecond;
}

/** Of the database that has most to do: the one of all regions, or that of a region. */
function sightCores({ databaseCores }: Scenario, asked: readonly Asked[]): Pick<Load, 'wanted' | 'thereIs'> {
  const each = asked.map(({ sights }) => sights / measured.sightsPerSecond);
  const wanted = haveOne(asked.map(({ region }) => region)) ? sum(each, cores => cores) : Math.max(...each);
  return { wanted, thereIs: databaseCores };
}

/** Whether all regions ask the one database for facts; else each has a replica beside it. */
export function haveOne(regions: readonly Region[]): boolean {
  return regions.length > 1 && regions.every(({ sightsMs, primaryMs }) => sightsMs === primaryMs);
}

/** A node writes each key that it saw once in a while: any node sees all keys, or each its own. */
function usesOf({ usesSeconds, routing }: Scenario, { region, asks }: Asked, groups: readonly Group[]): number {
  const writers = routing === 'any' ? region.nodes : 1;
  return (writers * different(groups, (asks / writers) * usesSeconds)) / usesSeconds;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
