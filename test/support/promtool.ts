import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findOrInstall } from './debian.ts';
import { tempFolder } from './temp-folder.ts';

const PROMTOOL = { title: 'promtool', programs: ['promtool'], folders: [], packages: ['prometheus'] };

/** Where promtool is on this machine; it is installed when it is lacking. */
export const promtoolPath = () => findOrInstall(PROMTOOL);

/** What promtool finds wrong with metrics; nothing when they are clean. */
export function checkMetrics(metrics: string): Promise<string> {
  return check(['metrics'], metrics);
}

/** The same for rules, in YAML. */
export async function checkRules(rules: string): Promise<string> {
  using folder = tempFolder();
  const file = join(folder.path, 'rules.yml');
  writeFileSync(file, rules);
  const said = await check(['rules', file], '');
  return said.replace(/^.*SUCCESS: \d+ rules found\s*/s, '');
}

async function check(words: string[], given: string): Promise<string> {
  const child = spawn(await promtoolPath(), ['check', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(given);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return code === 0 ? out + err : `${out}${err}promtool has ended with ${code}`;
}
