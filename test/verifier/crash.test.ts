import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { limits } from '@keywright/core';
import { environment } from '../support/config.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { usesOf, type VerifierWorld, verifierWorld } from './world.ts';

/** How late a timer of a busy machine may be. */
const LATE_MS = 2000;

/** A process with a verifier that uses the key every few milliseconds, and what it has said. */
function crashing(server: string, credential: string, token: string) {
  const script = join(import.meta.dirname, 'crashing.ts');
  const child = spawn(process.execPath, [script, server, credential, token], { env: environment() });
  let [out, errors, reportedAt] = ['', '', 0];
  child.stdout.on('data', text => {
    out += text;
    if (/^reported/m.test(String(text))) reportedAt = performance.now();
  });
  child.stderr.on('data', text => {
    errors += text;
  });
  // Whole lines only, and the last of them.
  const last = (word: string) => Number([...out.matchAll(new RegExp(`^${word} (\\d+)\n`, 'gm'))].at(-1)?.[1] ?? 0);
  return {
    used: () => last('used'),
    reported: () => last('reported'),
    reportedAt: () => reportedAt,
    errors: () => errors,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

type Crashing = ReturnType<typeof crashing>;

describe('a process that is killed with a verifier in it loses the uses of its last batch at most', () => {
  let world: VerifierWorld;
  before(async () => {
    world = await verifierWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  const moments: [when: string, comes: (child: Crashing, line: TcpProxy) => Promise<unknown>][] = [
    ['when a batch has just been acknowledged', async () => {}],
    [
      'between two batches',
      ({ used }) =>
        until(
          (
            (before: number) => () =>
              used() > before + 50
          )(used()),
        ),
    ],
    [
      'while a batch is on its way',
      ({ used, reportedAt }, line) => {
        line.hold();
        const before = used();
        return until(() => performance.now() > reportedAt() + 1.2 * limits.usesReportMs && used() > before);
      },
    ],
  ];
  for (const [when, comes] of moments)
    test(`killed ${when}`, async t => {
      const { token, key } = await world.act('createAccessKey', {});
      await using line = await TcpProxy.start(world.server.url);
      await using child = crashing(line.url, world.credential, token);
      const seen: number[] = [];
      for (let batch = 1; batch <= 3; batch++)
        seen.push(
          await until(() => child.reported() > (seen.at(-1) ?? 0) && child.reported(), { what: child.errors() }),
        );
      await comes(child, line);
      const sinceMs = performance.now() - child.reportedAt();
      await child[Symbol.asyncDispose]();
      const [used, reported] = [child.used(), child.reported()];
      const kept = await usesOf(world, key);
      t.diagnostic(`${used} uses, ${reported} acknowledged, ${kept} on the server, ${Math.round(sinceMs)} ms later`);
      assert.ok(kept >= reported, `${kept} of ${reported} are on the server`);
      // One use may not have been told any more.
      assert.ok(kept <= used + 1, `${kept} of ${used}: some were counted twice`);
      assert.ok(sinceMs <= 1.2 * limits.usesReportMs + LATE_MS, `the last batch was ${sinceMs} ms ago`);
    });
});
