/**
 * What the simulation counts with, as it was measured on a virtual machine of 2 cores; docs/scaling.md says by which commands. Measure on your own machines, and put
 * your figures here.
 */
export const measured = {
  /** Forward-auth over HTTP, on one core: all keys known, and all for the first time. */
  verifiesPerSecond: 31_000,
  firstVerifiesPerSecond: 12_200,
  bytesPerCachedKey: 230,
  /** On PostgreSQL, with its indexes. */
  bytesPerKey: 1415,
  bytesPerEvent: 773,
  /** Facts of a key, alone and as many as one core of the database can give. */
  sightMs: 0.09,
  sightsPerSecond: 7100,
  /** A change beside the database, and how often it goes there and back while all others wait. */
  changeMs: 5.8,
  tripsPerChange: 20,
  usesPerSecond: 27_000,
  eventsReadPerSecond: 132_000,
  connectionsPerNode: 20,
} as const;
