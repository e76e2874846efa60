import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { findOrInstall } from './debian.ts';

const PROMTOOL = { title: 'promtool', programs: ['promtool'], folders: [], packages: ['prometheus'] };

/** Where promtool is on this machine; it is installed when it is lacking. */
export const promtoolPath = () => findOrInstall(PROMTOOL);

/** What promtool finds wrong with metrics; nothing when they are clean. */
export async function checkMetrics(metrics: string): Promise<string> {
  const child = spawn(await promtoolPath(), ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(metrics);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return code === 0 ? out + err : `${out}${err}promtool has ended with ${code}`;
}
