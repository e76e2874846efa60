import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { KeySecret } from '@keywright/core';

/** What the command line takes from the environment. An empty variable counts as none. */
export interface Environment {
  server: string | undefined;
  token: KeySecret | undefined;
  /** What `verify` is asked about; not the caller's own access. */
  credential: KeySecret | undefined;
  /** Where the profiles lie. */
  configFolder: string;
}

/** The only place of the command line that reads the environment. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  // A relative XDG_CONFIG_HOME is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  const xdg = variables.XDG_CONFIG_HOME ?? '';
  return {
    server: variables.KEYWRIGHT_SERVER || undefined,
    token: secret(variables.KEYWRIGHT_TOKEN),
    credential: secret(variables.KEYWRIGHT_CREDENTIAL),
    configFolder: join(isAbsolute(xdg) ? xdg : join(homedir(), '.config'), 'keywright'),
  };
}

function secret(value: string | undefined): KeySecret | undefined {
  return value ? new KeySecret(value) : undefined;
}
