import { contract, type OutputOf } from '@keywright/contract';
import { type KeySecret, REASON_TEXT } from '@keywright/core';
import type { Command } from 'commander';
import { findAccess, type Globals, readSecretFile } from './access.ts';
import { askSecret } from './ask.ts';
import { commandFor, send } from './commands.ts';
import { type Environment, readEnvironment } from './config.ts';
import { report } from './failures.ts';
import { fieldsOf, inputFrom, optionsOf } from './flags.ts';
import { block } from './print.ts';
import { clean, json, paint } from './text.ts';

type Flags = Globals & { credentialFile?: string };
type Decision = Extract<OutputOf<'verify'>, { allowed: boolean }>;

const entry = contract.verify;
/** The credential never stands on the command line, where everybody on the machine could read it; a shell asks for one key. */
const NOT_FLAGS = ['credential', 'items', 'account'];

export function addVerify(program: Command): void {
  const command = commandFor(program, entry.cli ?? entry.name, entry);
  command
    .summary('Verify an access key')
    .description(
      'Decides whether a request that carries a key may pass. The credential comes from --credential-file, from KEYWRIGHT_CREDENTIAL, or from standard input. The exit code is 0 when allowed and 1 when refused.',
    );
  command.option('--credential-file <file>', 'A file that holds the credential: a token, or key:secret.');
  for (const field of fieldsOf(entry).filter(({ name }) => !NOT_FLAGS.includes(name))) {
    for (const option of optionsOf(field)) command.addOption(option);
  }
  command.action(() => runVerify(command));
}

async function runVerify(command: Command): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  try {
    const environment = readEnvironment();
    const access = await findAccess(flags, environment, false);
    const credential = (await credentialFrom(flags, environment)).reveal();
    // `--account` is a flag of every command: here it is the account whose keys alone are let in.
    const input = { ...inputFrom(entry, [], { ...command.opts(), account: flags.account }), credential };
    // Without `items` the answer is one decision.
    const decision = (await send(entry, input, access)) as Decision;
    console.log(flags.json ? json(decision) : presentDecision(decision));
    process.exitCode = decision.allowed === true ? 0 : 1;
  } catch (error) {
    process.exitCode = report(error, flags.json === true, entry);
  }
}

async function credentialFrom(flags: Flags, environment: Environment): Promise<KeySecret> {
  if (flags.credentialFile !== undefined) return readSecretFile(flags.credentialFile);
  return environment.credential ?? askSecret('Credential (token, or key:secret)');
}

export function presentDecision(decision: Decision): string {
  const { allowed, reason, missing, ...facts } = decision;
  const verdict = allowed ? paint('green', 'allowed') : paint('red', `refused: ${clean(reason ?? '')}`);
  const because =
    reason === null ? '' : `\n${REASON_TEXT[reason] ?? ''}${missing ? ` Missing: ${clean(missing)}.` : ''}`;
  return verdict + because + (facts.key === null ? '' : `\n\n${block(Object.keys(facts), facts)}`);
}
