import { createInterface } from 'node:readline';
import { KeySecret, KeywrightError } from '@keywright/core';
import { UsageError } from './failures.ts';

// The prompts are loaded only when somebody is asked. They write to stderr: stdout is for answers.
const output = process.stderr;
const prompts = () => import('@clack/prompts');

export function isInteractive(): boolean {
  return process.stdin.isTTY && output.isTTY;
}

/** Asks for a secret without showing it; where no terminal is, reads one line of stdin. */
export async function askSecret(message: string): Promise<KeySecret> {
  if (!process.stdin.isTTY) return new KeySecret(await readLine(message));
  const { password, isCancel } = await prompts();
  const answer = await password({ message, output, validate: value => (value ? undefined : 'Paste it here.') });
  if (isCancel(answer)) throw cancelled();
  return new KeySecret(answer.trim());
}

/** Asks for a text; Enter takes what is proposed. */
export async function askText(message: string, proposed: string, problem: (text: string) => string | undefined) {
  const { text, isCancel } = await prompts();
  const validate = (value: string | undefined) => (value ? problem(value) : undefined);
  const answer = await text({ message, output, placeholder: proposed, defaultValue: proposed, validate });
  if (isCancel(answer)) throw cancelled();
  return answer;
}

interface Choice {
  value: string;
  label: string;
  hint?: string;
}

/** Asks for one of several. */
export async function askChoice(message: string, options: Choice[]): Promise<string> {
  const { select, isCancel } = await prompts();
  const answer = await select({ message, output, options, maxItems: 10 });
  if (isCancel(answer)) throw cancelled();
  return answer;
}

/** Asks before something that can not be undone; no is the default. */
export async function askWhether(message: string): Promise<void> {
  const { confirm, isCancel } = await prompts();
  const answer = await confirm({ message, output, initialValue: false });
  if (isCancel(answer) || !answer) throw cancelled();
}

function cancelled(): KeywrightError {
  return new KeywrightError('conflict', 'Cancelled. Nothing was changed.');
}

async function readLine(what: string): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    process.stdin.destroy();
    return line.trim();
  }
  throw new UsageError(`${what}: expected one line on standard input.`);
}
