/**
 * What the simulation counts with, as it was measured on a virtual machine of 2 cores; docs/scaling.md says by which commands. Measure on your own machines, and put
 * your figures here.
 */
export const measured = {
  /** Forward-auth over HTTP, on one core, at which the p99 is about 5 ms, not at most: all keys known, and all for the first time. */
  verifiesPerSecond: 31_000,
  firstVerifiesPerSecond: 12_200,
  bytesPerCachedKey: 230,
  /** On PostgreSQL, with its indexes. */
  bytesPerKey: 1425,
  bytesPerEvent: 775,
  /** Facts of a key, alone and as many as one core of the database can give. */
  sightMs: 0.15,
  sightsPerSecond: 11_700,
  /** Beside the database; and how often a change goes there and back while all others wait. */
  changesPerSecond: 216,
  tripsPerChange: 11,
  usesPerSecond: 32_500,
  eventsReadPerSecond: 197_000,
  connectionsPerNode: 21,
} as const;
