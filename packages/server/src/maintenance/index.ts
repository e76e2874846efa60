/** What the command line does with the data of a server, without one that runs. */
export { ConfigError, type Flags } from '../config.ts';
export { type BackedUp, backUp } from './back-up.ts';
export { type Checked, check } from './check.ts';
export type { OnProgress } from './embedded.ts';
export { type MovedData, move } from './move.ts';
export { type Restored, restore } from './restore.ts';
