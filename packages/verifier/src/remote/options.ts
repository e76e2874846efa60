import { limits } from '@keywright/core';

export interface VerifierOptions {
  /** Where the Keywright server is, such as `https://keys.example.com`. */
  readonly server: string;
  /** Lets `server` begin with `http:` also when it is not this machine: where nobody else is on the line, the credential and the facts may go in the clear. */
  readonly allowInsecure?: boolean | undefined;
  /** An access key for this verifier alone: a token or `key:secret`, of an owner or administrator, best restricted to the operations of verifiers. */
  readonly credential: string;
  /** The account whose keys are verified: one below that of the credential, or that itself, which is meant unless told. */
  readonly account?: string | undefined;
  /** Verifies the keys of this project alone; without it those of no project pass unless `asked.project` says otherwise. */
  readonly project?: string | undefined;
  /** For how long it decides without knowing that it has seen all changes, in milliseconds. */
  readonly staleMaxMs?: number | undefined;
  /** What it does from then on: `refuse` throws UnavailableError, `serve` goes on with what it knows. */
  readonly onStale?: 'refuse' | 'serve' | undefined;
  /** What it is called in lists and receipts. */
  readonly name?: string | undefined;
  /** Keys whose facts are held at most. */
  readonly entriesMax?: number | undefined;
  /** Keeps the facts of all keys in a file, signed, for starts while the server is away. `publicKey` is that of getSigningKey. Needs `account`. */
  readonly preload?: { readonly file: string; readonly publicKey: string } | undefined;
  readonly fetch?: typeof fetch | undefined;
}

const IDS = { account: /^acc_[a-z2-7]{20}$/, project: /^prj_[a-z2-7]{20}$/ } as const;

/** The options with what was left out. Throws TypeError where one can never work. */
export function readOptions(options: VerifierOptions) {
  const { staleMaxMs = limits.staleMsDefault, onStale = 'refuse', entriesMax = limits.cachedFactsMax, name } = options;
  for (const option of ['account', 'project'] as const) {
    const id = options[option];
    if (id !== undefined && !IDS[option].test(id)) throw new TypeError(`${option} must be the id of one`);
  }
  if (!(staleMaxMs >= limits.staleMsMin && staleMaxMs <= limits.staleMsMax) || !Number.isInteger(staleMaxMs))
    throw new TypeError(`staleMaxMs must be a whole number from ${limits.staleMsMin} to ${limits.staleMsMax}`);
  // One server signs for all its accounts: a file must say for which it is.
  if (options.preload !== undefined && options.account === undefined)
    throw new TypeError('preload needs account: the id of the account whose keys are verified');
  if (onStale !== 'refuse' && onStale !== 'serve') throw new TypeError("onStale must be 'refuse' or 'serve'");
  if (!Number.isInteger(entriesMax) || entriesMax < 1) throw new TypeError('entriesMax must be a whole number from 1');
  if (name !== undefined && (name.trim() === '' || name.length > limits.nameCharsMax))
    throw new TypeError(`name must have 1 to ${limits.nameCharsMax} characters`);
  return { ...options, staleMaxMs, onStale, entriesMax };
}

export type ReadOptions = ReturnType<typeof readOptions>;
