import type { OutputOf } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import type { Command } from 'commander';
import {
  accountFrom,
  call,
  checkToken,
  DEFAULT_PROFILE,
  DEFAULT_SERVER,
  type Globals,
  isInTheClear,
  parseServer,
  readSecretFile,
  SERVER_RULE,
  serverFrom,
} from './access.ts';
import { askSecret, askText } from './ask.ts';
import { readEnvironment } from './config.ts';
import { report } from './failures.ts';
import { readProfiles, writeProfiles } from './profiles.ts';
import { clean, json } from './text.ts';

export function addLogin(program: Command): void {
  addAccount(program, 'login', 'Store an access as a profile, for all later commands', login);
  addAccount(program, 'logout', 'Remove a stored profile', logout);
}

function addAccount(program: Command, name: string, summary: string, run: (flags: Globals) => Promise<void>): void {
  const command = program.command(name).summary(summary);
  command.description(`${summary}. Without --profile it is the profile "${DEFAULT_PROFILE}".`).action(async () => {
    const flags = command.optsWithGlobals<Globals>();
    try {
      await run(flags);
    } catch (error) {
      process.exitCode = report(error, flags.json === true);
    }
  });
}

async function login(flags: Globals): Promise<void> {
  const environment = readEnvironment();
  const name = flags.profile ?? DEFAULT_PROFILE;
  const profiles = new Map(await readProfiles(environment.configFolder));
  const server = flags.server ?? (await askServer(environment.server ?? profiles.get(name)?.server));
  if (isInTheClear(server)) console.error(`Warning: ${server} has no TLS; the token crosses the network in the clear.`);
  const given = flags.tokenFile === undefined ? await askSecret('Token') : await readSecretFile(flags.tokenFile);
  const token = checkToken(given, flags.tokenFile ?? 'The input');
  const account = accountFrom(flags);
  const who = await call({ server, token, account }, client => client.whoami());
  await writeProfiles(environment.configFolder, profiles.set(name, { server, token, account }));
  console.log(flags.json ? json(who) : `${presentWho(who)}\nServer: ${server}, profile: ${name}.`);
}

async function logout(flags: Globals): Promise<void> {
  const { configFolder } = readEnvironment();
  const name = flags.profile ?? DEFAULT_PROFILE;
  const profiles = new Map(await readProfiles(configFolder));
  if (!profiles.delete(name)) throw new KeywrightError('unauthenticated', `There is no profile ${name}.`);
  await writeProfiles(configFolder, profiles);
  if (flags.json) console.log(json({ done: true }));
  else console.log(`The profile ${name} is removed. Its access key still works: deactivate it where it is not needed.`);
}

async function askServer(proposed = DEFAULT_SERVER): Promise<string> {
  const server = serverFrom(proposed, 'KEYWRIGHT_SERVER');
  if (!process.stdin.isTTY) return server;
  const answer = await askText('Server', server, text => (parseServer(text) === undefined ? SERVER_RULE : undefined));
  return serverFrom(answer, 'The input');
}

export function presentWho({ account, owner, role, key, keyName }: OutputOf<'whoami'>): string {
  const as = keyName ? `${key} (${keyName})` : key;
  return clean(`You are ${owner.name ?? owner.id}, ${role} of ${account.name}, with the access key ${as}.`);
}
