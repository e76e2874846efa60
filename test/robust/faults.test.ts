import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLUSTER_FAULTS, DISK_FAULTS } from '../../bench/faults/cases.ts';
import { openCluster } from '../../bench/faults/cluster.ts';
import { openDisk } from '../../bench/faults/disk.ts';
import { type Fault, playFault, type World } from '../../bench/faults/rounds.ts';

/** Once each what `npm run bench:faults` does twenty times with more faults; how long recovery takes is measured there. */
const IN_SHORT = [/^kill -9 of a node/, /^kill -9 of Redis/, /ahead$/];

describe('faults under load', () => {
  test('of four nodes: nothing acknowledged is lost, no dead key passes', async t => {
    await using cluster = await openCluster();
    for (const fault of CLUSTER_FAULTS.filter(({ name }) => IN_SHORT.some(one => one.test(name))))
      await play(t, cluster, fault);
  });

  test('of the disk under SQLite: the same, and changes are refused as unavailable', async t => {
    await using disk = await openDisk();
    for (const fault of DISK_FAULTS) {
      const { unavailable } = await play(t, disk, fault);
      assert.ok(unavailable > 0, 'the disk was well');
    }
  });
});

async function play<W extends World>(t: { diagnostic(text: string): void }, world: W, fault: Fault<W>) {
  const report = await playFault(world, fault, 1);
  t.diagnostic(`${fault.name}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.wrong, []);
  assert.ok(report.acknowledged > 5 && report.decisions > 50, 'there was too little load to say anything');
  return report;
}
