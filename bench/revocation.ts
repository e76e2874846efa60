import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@keywright/contract';
import { KeywrightProcess } from '../test/robust/server-process.ts';
import { setUp } from '../test/robust/set-up.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import type { Watched } from './revocation-watcher.ts';

/**
 * `npm run bench:revocation`: two workers and four verifiers in processes of their own, each deciding thousands of times a second about the key that is about
 * to be taken away. Prints how long after the acknowledged change somebody still let it pass, and whether anybody did after the receipt.
 */
const REVOCATIONS = Number(process.argv[2] ?? 1000);
const VERIFIERS = 4;

using folder = tempFolder();
await using server = new KeywrightProcess({
  words: ['serve', '--workers', '2'],
  env: { KEYWRIGHT_DATA: folder.path },
});
const { token } = await setUp(server);
const url = await server.listening();
const client = createClient({ server: url, token });
const watchers = await Promise.all([
  ...Array.from({ length: VERIFIERS }, () => watcher('verifier')),
  // Over HTTP, on connections to each of the workers.
  watcher('http'),
]);
const { key, token: target } = await client.createAccessKey();

console.log(`${cpus()[0]?.model}, Node ${process.versions.node}; ${VERIFIERS} verifiers, 2 workers, SQLite`);
console.log('\n| | p50 | p99 | max | accepted after it |\n|---|---|---|---|---|');
console.log(row('from the acknowledged change to the last accepted request', await revoke(false)));
console.log(row('from the receipt (`wait=all`) to the last accepted request', await revoke(true)));
for (const one of watchers) one.kill();

/** Of each revocation, how many ms after its answer the last of all watchers let the key pass; below 0 when nobody did. */
async function revoke(wait: boolean): Promise<number[]> {
  const late: number[] = [];
  for (let n = 0; n < REVOCATIONS; n++) {
    if (n > 0 || wait) await client.activateAccessKey({ key });
    const refused = watchers.map(one => watch(one));
    await Promise.all(refused.map(({ accepted }) => accepted));
    const { receipt } = await client.deactivateAccessKey(wait ? { key, wait: 'all' } : { key });
    const answeredAt = Date.now() + subMs();
    if (wait && receipt?.complete !== true) throw new Error(`incomplete: ${JSON.stringify(receipt)}`);
    const last = await Promise.all(refused.map(({ lastAccepted }) => lastAccepted));
    late.push(Math.max(...last) - answeredAt);
  }
  return late;
}

/** Date.now without its rounding to whole milliseconds: the clock that all processes of this machine share. */
function subMs(): number {
  return performance.timeOrigin + performance.now() - Date.now();
}

async function watcher(kind: 'verifier' | 'http'): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'revocation-watcher.ts'), [kind, url, token]);
  await once(child, 'message');
  return child;
}

function watch(child: ChildProcess): { accepted: Promise<void>; lastAccepted: Promise<number> } {
  const accepted = Promise.withResolvers<void>();
  const lastAccepted = Promise.withResolvers<number>();
  const hear = (told: Watched) => {
    if (told.accepted) return accepted.resolve();
    child.off('message', hear);
    lastAccepted.resolve(told.lastAccepted);
  };
  child.on('message', hear);
  child.send(target);
  return { accepted: accepted.promise, lastAccepted: lastAccepted.promise };
}

function row(title: string, late: number[]): string {
  const sorted = late.map(ms => Math.max(0, ms)).sort((a, b) => a - b);
  const at = (part: number) => `${(sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN).toFixed(1)} ms`;
  return `| ${title} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${late.filter(ms => ms > 0).length} of ${late.length} |`;
}
