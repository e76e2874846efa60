import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { KeywrightProcess } from '../test/robust/server-process.ts';
import { root } from '../test/support/source-tree.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { median } from './median.ts';
import type { Row } from './table.ts';

const STARTS = 5;
const START_SECONDS_MAX = 1.5;

/** How long it takes from `npm start` to the first answer, with the console built and a new data folder each time. */
export async function measureStart(): Promise<Row[]> {
  execFileSync(process.execPath, [join(root, 'scripts', 'build-console.ts')]);
  const seconds: number[] = [];
  for (let n = 0; n < STARTS; n++) seconds.push(await secondsOfOne());
  const middle = median(seconds);
  const what = `from npm start to the first answer, the console built, a new data folder; median of ${STARTS}`;
  return [
    {
      what,
      ours: `${middle.toFixed(2)} s`,
      besideWhat: '',
      beside: '',
      ratio: '',
      wanted: `≤ ${START_SECONDS_MAX} s`,
      reached: middle <= START_SECONDS_MAX,
    },
  ];
}

async function secondsOfOne(): Promise<number> {
  using folder = tempFolder();
  const at = performance.now();
  await using npm = new KeywrightProcess({ npm: root, env: { KEYWRIGHT_DATA: folder.path } });
  const { status } = await fetch(await npm.listening());
  const seconds = (performance.now() - at) / 1000;
  if (status >= 500) throw new Error(`the first answer was ${status}`);
  await npm.end('SIGTERM');
  return seconds;
}
