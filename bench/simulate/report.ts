import { median, quantile } from '../median.ts';
import { markdown, whole } from '../table.ts';
import { revocationsOf, waitsOf } from './changes.ts';
import { type Asked, haveOne, holdMs, type Load, loadsOf } from './loads.ts';
import { measured } from './measured.ts';
import { latenciesOf } from './nodes.ts';
import { hitRate, zipf } from './popularity.ts';
import { planAfter, type Scenario, steps } from './scenarios.ts';

const REGION = ['Region', 'Nodes', 'Found in the cache', 'Verify p50', 'p99', 'Revoked on all nodes p50', 'p99'];
const STEP = ['Plan', 'Used up first', 'Verify in Asia p50', 'p99', 'Revoked in Asia p50', 'p99'];
const LOAD = ['What is used up first', 'Wanted', 'There is', 'Used'];

export interface Run {
  /** How many verifications are followed; of changes a tenth, of revocations a hundredth. */
  requests: number;
  /** The same seed gives the same figures. */
  seed: number;
}

/** What becomes of a scenario, as tables. */
export function reportOf(scenario: Scenario, run: Run): string {
  const { asked, loads } = weigh(scenario);
  const regions = asked.map(one => regionRow(scenario, one, asked, loads, run));
  return [
    markdown(REGION, regions),
    '',
    markdown(LOAD, loads.map(loadRow)),
    '',
    `A change takes ${changeTimes(scenario, loads, run)}.`,
  ].join('\n');
}

/** The plan after each step: what is used up first, and how the region does that is furthest away. */
export function stepsReport(run: Run): string {
  const rows = steps.map(({ title }, n) => {
    const scenario = planAfter(n);
    const { asked, loads } = weigh(scenario);
    const [first, last] = [loads[0], asked.at(-1)] as [Load, Asked]; // there are some
    const [, , , ...times] = regionRow(scenario, last, asked, loads, run);
    const [what = '', , , used = ''] = loadRow(first);
    return [title, `${what}: ${used}`, ...times];
  });
  return markdown(STEP, rows);
}

function weigh(scenario: Scenario): { asked: Asked[]; loads: Load[] } {
  const groups = zipf(scenario.keys, scenario.exponent);
  const asked = scenario.regions.map((region): Asked => {
    const asks = region.share * scenario.perSecond;
    const entries = scenario.entriesPerNode * (scenario.routing === 'by key' ? region.nodes : 1);
    return { region, asks, sights: asks * (1 - hitRate(groups, entries, scenario.leaves)) };
  });
  return { asked, loads: loadsOf(scenario, asked, groups) };
}

function regionRow(
  scenario: Scenario,
  { region, asks, sights }: Asked,
  all: readonly Asked[],
  loads: readonly Load[],
  { requests, seed }: Run,
): string[] {
  const isFull = isUsedUp(loads, 'processors');
  const model = {
    nodes: region.nodes,
    perSecond: asks,
    verifyMs: 1000 / measured.verifiesPerSecond,
    hitRate: 1 - sights / asks,
    tripMs: region.sightsMs,
    databaseCores: scenario.databaseCores,
    sightMs: 1000 / measured.sightsPerSecond,
    othersPerSecond: haveOne(scenario.regions) ? all.reduce((sum, one) => sum + one.sights, 0) - sights : 0,
  };
  const times = isFull ? [] : latenciesOf(model, requests, seed);
  const hearing = { nodes: region.nodes, tripMs: region.primaryMs, pollMs: scenario.pollMs, readMs: measured.sightMs };
  const revoked = revocationsOf(hearing, requests / 100, seed);
  return [
    region.name,
    `${region.nodes}`,
    `${(100 * (1 - sights / asks)).toFixed(1)} %`,
    ...(isFull ? ['without end', 'without end'] : [ms(median(times)), ms(quantile(times, 0.99))]),
    ms(median(revoked)),
    ms(quantile(revoked, 0.99)),
  ];
}

function changeTimes(scenario: Scenario, loads: readonly Load[], { requests, seed }: Run): string {
  if (isUsedUp(loads, 'changes, one')) return 'without end: more come than can be made';
  const perSecond = scenario.changesPerSecond / scenario.changeParts;
  const times = waitsOf(perSecond, random => holdMs(scenario, random), requests / 10, seed);
  return `p50 ${ms(median(times))}, p99 ${ms(quantile(times, 0.99))}`;
}

function isUsedUp(loads: readonly Load[], what: string): boolean {
  return loads.some(load => load.what.startsWith(what) && load.wanted >= load.thereIs);
}

function loadRow({ what, wanted, thereIs, unit }: Load): string[] {
  const used = (100 * wanted) / thereIs;
  return [what, figure(wanted, unit), figure(thereIs, unit), `${used < 10 ? used.toFixed(1) : whole(used)} %`];
}

function figure(value: number, unit: string): string {
  return `${value < 100 ? value.toFixed(1) : whole(value)}${unit.startsWith('/') ? unit : ` ${unit}`}`.trim();
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
