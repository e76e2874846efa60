import {
  type Client,
  contract,
  nounInWords,
  type Operation,
  operations,
  pathFields,
  type Receipt,
} from '@keywright/contract';
import { Argument, type Command, Option } from 'commander';
import { type Access, call, findAccess, type Globals } from './access.ts';
import { askWhether, isInteractive } from './ask.ts';
import { readEnvironment } from './config.ts';
import { report } from './failures.ts';
import { fieldsOf, idempotencyOption, inputFrom, optionsOf, parsePositional } from './flags.ts';
import { present } from './present.ts';
import { json } from './text.ts';
import { isObject } from './values.ts';

type Flags = Globals & { yes?: boolean; idempotencyKey?: string };

/** A command for each operation that has words for it. `verify` has its own, because it takes a secret. */
export function addOperations(program: Command): void {
  for (const entry of operations) {
    if (entry.cli !== undefined && entry.name !== contract.verify.name) addOperation(program, entry.cli, entry);
  }
}

/** The command that the words name, inside of groups that are made where they lack. */
export function commandFor(program: Command, words: string, entry: Operation): Command {
  const path = words.split(' ');
  const last = path.pop() ?? words;
  const group = path.reduce((parent, word) => groupIn(parent, word, entry.noun), program);
  return group
    .command(last)
    .summary(entry.summary)
    .description(`${entry.summary}. ${entry.description ?? ''}`.trim());
}

function groupIn(parent: Command, word: string, noun: string): Command {
  const known = parent.commands.find(command => command.name() === word);
  return known ?? parent.command(word).helpCommand(false).description(nounInWords(noun, true));
}

function addOperation(program: Command, words: string, entry: Operation): void {
  const command = commandFor(program, words, entry);
  for (const name of pathFields(entry)) {
    const argument = new Argument(`<${name}>`, entry.input.shape[name]?.meta()?.description ?? '');
    command.addArgument(argument.argParser(parsePositional));
  }
  for (const option of fieldsOf(entry).flatMap(optionsOf)) command.addOption(option);
  if (entry.creates) command.addOption(idempotencyOption());
  if (entry.method === 'DELETE') command.addOption(new Option('--yes', 'Do not ask.'));
  command.action(() => runOperation(entry, command));
}

async function runOperation(entry: Operation, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  try {
    const input = inputFrom(entry, command.args, command.opts());
    if (entry.method === 'DELETE' && !flags.yes && isInteractive()) {
      await askWhether(`${entry.summary}: ${command.args.join(' ')}? ${entry.description ?? ''}`);
    }
    const access = await findAccess(flags, readEnvironment(), entry.right !== 'public');
    const answer = await send(entry, input, access, flags.idempotencyKey);
    console.log(flags.json ? json(answer) : present(entry, answer, process.stdout.columns || Number.POSITIVE_INFINITY));
    if (isObject(answer) && isNotAsWanted(answer)) process.exitCode = 1;
  } catch (error) {
    process.exitCode = report(error, flags.json === true, entry);
  }
}

/** Calls any operation; `verify` does too. */
export function send(
  entry: Operation,
  input: Record<string, unknown>,
  access: Access,
  idempotencyKey?: string,
): Promise<unknown> {
  // The client has a method for each operation's name; what it takes and gives is not known here, in the loop.
  type Methods = Record<string, Client[keyof Client]>;
  return call(access, client => {
    const method = (client as Methods)[entry.name] as (input: object, call: object) => Promise<unknown>;
    return method(input, { idempotencyKey });
  });
}

/** The call went well, but a script must not go on as if all were: a broken chain of events, a dead key that may still pass somewhere. */
export function isNotAsWanted(answer: object): boolean {
  const { intact, receipt }: { intact?: boolean; receipt?: Receipt } = answer; // by the contract
  return intact === false || receipt?.complete === false;
}
