import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { CLUSTER_FAULTS, DISK_FAULTS } from './cases.ts';
import { openCluster } from './cluster.ts';
import { openDisk } from './disk.ts';
import { type Fault, playFault, type Report, type World } from './rounds.ts';

/**
 * `npm run bench:faults [-- --rounds 20 --only redis]`: four nodes on PostgreSQL and Redis, then one on SQLite, under load from real clients, hurt in each way
 * again and again. A judge that knows every acknowledged change looks at every decision. Ends with 1 when anything was lost, wrong, or took too long.
 */
const BACK_MS_MAX = 2000;
const SHOWN = 20;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, only: { type: 'string', default: '' } },
});
const rounds = Number(values.rounds);
const isMeant = ({ name }: { name: string }) => name.includes(values.only);
const wrong: string[] = [];

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}; ${rounds} rounds each`);
console.log(
  '\n| Fault | changes acknowledged | receipts | decisions | 503 | a known key passed for | back after (median, max) | wrong |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
await playAll(CLUSTER_FAULTS.filter(isMeant), openCluster);
await playAll(DISK_FAULTS.filter(isMeant), openDisk);
for (const one of wrong.slice(0, SHOWN)) console.log(`\nWRONG: ${one}`);
process.exitCode = wrong.length > 0 ? 1 : 0;

async function playAll<W extends World & AsyncDisposable>(
  faults: readonly Fault<W>[],
  open: () => Promise<W>,
): Promise<void> {
  if (faults.length === 0) return;
  await using world = await open();
  for (const fault of faults) {
    const report = await playFault(world, fault, rounds);
    console.log(row(fault.name, report));
    wrong.push(...report.wrong.map(what => `${fault.name}: ${what}`));
    if (report.backMs.max > BACK_MS_MAX) wrong.push(`${fault.name}: it took more than ${BACK_MS_MAX} ms to be back`);
  }
}

function row(name: string, report: Report): string {
  const { acknowledged, receipts, decisions, unavailable, lastedMs, backMs, wrong } = report;
  const lasted = lastedMs === Number.POSITIVE_INFINITY ? 'all the time' : `${Math.round(lastedMs)} ms at least`;
  const back = `${Math.round(backMs.median)} ms, ${Math.round(backMs.max)} ms`;
  return `| ${[name, acknowledged, receipts, decisions, unavailable, lasted, back, wrong.length].join(' | ')} |`;
}
