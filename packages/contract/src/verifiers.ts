import { LIMIT_HOLDERS, limits, OWNER_KINDS, ROLES } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import * as useLimits from './use-limits.ts';

/** What a verifier says of itself with everything that it asks. Its id it draws itself, once for each start. */
const verifierId = f.id('ver', 'verifier');
const sequence = z
  .int()
  .min(0)
  .meta({ description: 'A place in the order of all changes of the server; that of the last change seen.' });

/** In hexadecimal digits, as listEvents shows it. */
const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'Must be a SHA-256, hex.')
  .meta({
    description:
      'The hash of the event there; 64 zeros before the first. After the database was restored from a backup, another event may be there.',
  });

const change = z
  .object({
    sequence,
    hash,
    kind: z.enum(['access_key', 'owner', 'account', 'project', 'api']),
    id: z.string(),
  })
  .meta({
    id: 'Change',
    description: 'Facts of this key, or of all keys of this owner, account or project, or an API, are outdated.',
  });

/** Everything that verify needs to know of one key: the digest stands for the secret, which nobody has but its user. */
const keyFacts = z
  .object({
    key: z.string(),
    digest: z.string().meta({ description: 'SHA-256 of the secret, base64url.' }),
    name: z.string().nullable(),
    enabled: z.boolean(),
    notBefore: f.timeOut.nullable(),
    expiresAt: f.timeOut.nullable(),
    permission: f.permission,
    grants: z.record(z.string(), z.union([z.enum(['read_only', 'read_write']), z.array(z.string())])),
    networks: z.array(z.string()),
    project: z.string().nullable(),
    owner: z.object({
      kind: z.enum(OWNER_KINDS),
      id: z.string(),
      name: z.string(),
      role: z.enum(ROLES),
      active: z.boolean(),
    }),
    account: z.object({ id: z.string(), active: z.boolean() }),
    limits: z
      .array(z.object({ of: z.enum(LIMIT_HOLDERS), ...useLimits.shown }))
      .meta({ description: 'All that limit the key. Its uses are leased.' }),
  })
  .meta({ id: 'KeyFacts' });
export type KeyFacts = z.output<typeof keyFacts>;

const apiFacts = z
  .object({
    id: z.string(),
    account: z.string(),
    project: z.string().nullable(),
    endpoints: z.array(
      z.object({
        id: z.string(),
        name: z.string().nullable(),
        method: z.string(),
        path: z.string(),
        reads: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'ApiFacts' });

const shared = { noun: 'verifiers', right: 'verifiers:use', inProject: true, errors: [] } as const;

export const readChanges = operation({
  ...shared,
  name: 'readChanges',
  summary: 'Read the changes of facts',
  description:
    'In their order, after the given sequence. With `Accept: text/event-stream` they come as server-sent events as they happen, with a heartbeat each second; `Last-Event-ID` resumes. Who stood at a place that is none in the history of this database is told `reset` there, otherwise `conflict`: whatever it knew counts no more. So is who follows by an access key when that key is changed: it may be granted other APIs now.',
  method: 'GET',
  path: '/verifiers/changes',
  input: z.strictObject({
    after: sequence.optional().meta({ description: 'Without it, from now on.' }),
    afterHash: hash.optional().meta({ description: 'The hash that came with that sequence.' }),
    verifier: verifierId.optional(),
    name: f.line(limits.nameCharsMax).optional(),
    version: f.line(40).optional(),
    staleMaxMs: z
      .int()
      .min(limits.staleMsMin)
      .max(limits.staleMsMax)
      .default(limits.staleMsDefault)
      .meta({ description: 'For how long it decides without having heard from the server.' }),
    onStale: z.enum(['refuse', 'serve']).default('refuse').meta({ description: 'What it does from then on.' }),
  }),
  output: z
    .object({ sequence, hash, changes: z.array(change) })
    .meta({ id: 'Changes', description: 'Up to 1,000 changes; `sequence` and `hash` are where to go on.' }),
  errors: ['conflict'],
});

export const readFacts = operation({
  ...shared,
  name: 'readFacts',
  summary: 'Read the facts of keys and APIs',
  description: 'For verifiers. Those that the verifier does not serve are left out, as those that do not exist.',
  method: 'POST',
  path: '/verifiers/facts',
  input: z.strictObject({
    keys: z.array(f.key).max(limits.factsAtOnceMax).default([]),
    apis: z.array(f.id('api', 'API')).max(limits.apisAtOnceMax).default([]),
  }),
  output: z.object({ keys: z.array(keyFacts), apis: z.array(apiFacts) }).meta({ id: 'Facts' }),
});

export const acknowledgeChanges = operation({
  ...shared,
  name: 'acknowledgeChanges',
  summary: 'Acknowledge changes',
  description:
    'A verifier says which changes it has seen. The answer holds the last change of the server: who has seen that knew everything when it asked.',
  method: 'POST',
  path: '/verifiers/{verifier}/acknowledge',
  unrecorded: true,
  input: z.strictObject({
    verifier: verifierId,
    sequence,
    hash: hash.optional().meta({
      description:
        'The hash that came with that sequence. Where it is another here, the verifier has to connect again.',
    }),
    entries: z.int().min(0).optional().meta({ description: 'How many keys it holds facts of.' }),
    hitRate: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'Of its decisions, those without asking the server.' }),
    lagMs: z.int().min(0).optional().meta({ description: 'How long it took to know that it had seen all changes.' }),
  }),
  output: z.object({ sequence }).meta({ id: 'LastChange' }),
  errors: ['not_found'],
});

export const disconnectVerifier = operation({
  ...shared,
  name: 'disconnectVerifier',
  summary: 'Disconnect a verifier',
  description: 'It has stopped deciding: nobody waits for its acknowledgement any more.',
  method: 'DELETE',
  path: '/verifiers/{verifier}',
  unrecorded: true,
  input: z.strictObject({ verifier: verifierId }),
  output: f.done,
  errors: ['not_found'],
});

export const reportUses = operation({
  ...shared,
  name: 'reportUses',
  summary: 'Report uses of keys',
  description: 'What a verifier let through. Of one batch that comes twice, the second is passed over.',
  method: 'POST',
  path: '/verifiers/{verifier}/uses',
  unrecorded: true,
  input: z.strictObject({
    verifier: verifierId,
    batch: z.int().min(1).meta({ description: 'Counts up from 1 for each verifier.' }),
    uses: z
      .array(
        z.strictObject({
          key: f.key,
          count: z.int().min(1).max(limits.reportedUsesMax),
          at: f.instant.meta({ description: 'The last of them.' }),
          address: z.string().max(45).nullable().default(null),
          userAgent: z.string().max(1000).nullable().default(null),
          api: z.string().max(64).nullable().default(null),
        }),
      )
      .max(limits.usesAtOnceMax),
  }),
  output: f.done,
  errors: ['not_found'],
});

const lease = z
  .object({
    key: z.string(),
    granted: z.int().meta({ description: 'So many uses it may let pass; 0 where not even what is needed was left.' }),
    lease: z
      .string()
      .nullable()
      .meta({ description: 'By which it gives back what it did not use; null where all is used by what was needed.' }),
    refused: z.enum(['rate_limited', 'quota_exhausted']).nullable(),
    retryAt: f.timeOut
      .nullable()
      .meta({ description: 'When what is needed would pass; null when it has passed, or never will.' }),
    degraded: z.boolean(),
    limits: z.array(
      useLimits.limitState
        .extend({
          moreAt: f.timeOut.meta({ description: 'When more remains than now.' }),
          exceeded: z.boolean().meta({ description: 'It was this one that refused.' }),
        })
        .meta({ id: 'LeasedLimitState' }),
    ),
  })
  .meta({ id: 'Lease' });

export const leaseUses = operation({
  ...shared,
  name: 'leaseUses',
  summary: 'Lease uses of limited keys',
  description:
    'For verifiers, which then count themselves: takes uses of each key from all its limits in advance, as many of `wanted` as there are, or at least `needed`, or none. Whatever is not used within a second is given back as `ended`; later it counts as used. Keys that the verifier does not serve are left out.',
  method: 'POST',
  path: '/verifiers/{verifier}/leases',
  unrecorded: true,
  input: z.strictObject({
    verifier: verifierId,
    leases: z
      .array(
        z
          .strictObject({
            key: f.key,
            needed: z.int().min(0).max(limits.costMax).meta({
              description:
                'What the use that is waiting costs, beyond what is leased. All that is granted beyond it can be given back.',
            }),
            wanted: z.int().min(1).max(limits.costMax).meta({ description: 'What may be used within a second.' }),
          })
          .refine(({ needed, wanted }) => wanted >= needed, {
            error: 'must be at least what is needed',
            path: ['wanted'],
          }),
      )
      .max(limits.leasesAtOnceMax)
      .default([]),
    ended: z
      .array(
        z.strictObject({
          lease: f.id('lse', 'lease'),
          unused: z.int().min(0).max(limits.costMax),
        }),
      )
      .max(limits.leasesAtOnceMax)
      .default([])
      .meta({ description: 'Leases that are over, with what was not used of them.' }),
  }),
  output: z
    .object({
      at: f.timeOut.meta({ description: 'By the clock of the server, as all its times.' }),
      sharers: z.int().meta({ description: 'How many decide about these keys: nodes of the server, and verifiers.' }),
      leases: z.array(lease),
    })
    .meta({ id: 'Leases' }),
  errors: ['not_found'],
});

export const listVerifiers = operation({
  noun: 'verifiers',
  name: 'listVerifiers',
  summary: 'List nodes and verifiers',
  description:
    'Who decides about keys of the account: processes of the server, and verifiers in applications that follow its changes.',
  method: 'GET',
  path: '/verifiers',
  cli: 'verifiers list',
  right: 'directory:see',
  input: z.strictObject({}),
  output: z
    .object({
      sequence,
      node: z.string().meta({ description: 'The id of the node that answers.' }),
      backends: z
        .array(
          z
            .object({ name: z.enum(['sqlite', 'postgresql', 'redis']), state: z.enum(['up', 'away']) })
            .meta({ id: 'Backend' }),
        )
        .meta({
          description:
            'What that node relies on. While PostgreSQL is away nothing can be changed; while Redis is away each node enforces its share of rate limits.',
        }),
      items: z.array(
        z
          .object({
            kind: z.enum(['node', 'verifier']),
            id: z.string(),
            name: z
              .string()
              .nullable()
              .meta({ description: 'Of nodes told to owners and admins only: it is that of a machine.' }),
            version: z.string().nullable(),
            connectedAt: f.timeOut,
            seenAt: f.timeOut.meta({ description: 'When it was last heard of.' }),
            sequence,
            lagMs: z.number().nullable(),
            entries: z.int().nullable(),
            hitRate: z.number().nullable(),
            staleMaxMs: z.int().nullable(),
            onStale: z.enum(['refuse', 'serve']).nullable(),
            connected: z.boolean().meta({ description: 'false: not heard of for longer than it may decide alone.' }),
          })
          .meta({ id: 'Follower' }),
      ),
    })
    .meta({ id: 'Followers' }),
  errors: [],
});

export const readSnapshot = operation({
  ...shared,
  name: 'readSnapshot',
  summary: 'Read a snapshot of facts',
  description:
    'All facts that the verifier serves, page by page, to begin with when the server is away. `page` is JSON, signed as it stands with the key of getSigningKey.',
  method: 'GET',
  path: '/verifiers/snapshot',
  input: z.strictObject({
    cursor: f.paging.cursor,
    atOnce: z
      .int()
      .min(1)
      .max(limits.snapshotItemsMax)
      .default(limits.snapshotItemsMax)
      .meta({ description: 'How many keys on one page.' }),
  }),
  output: z
    .object({
      page: z.string(),
      signature: z.string().meta({ description: 'Ed25519 over the UTF-8 of `page`, base64url.' }),
      nextCursor: z.string().nullable(),
    })
    .meta({ id: 'SnapshotPage' }),
});

export const readKeyIds = operation({
  ...shared,
  name: 'readKeyIds',
  summary: 'Read which keys there are',
  description:
    'For verifiers: the ids of all keys of the account, or of the project, page by page, so that in a flood of invented keys they need not ask for each. Of keys that are made or changed meanwhile the changes tell.',
  method: 'GET',
  path: '/verifiers/keys',
  input: z.strictObject({
    cursor: f.paging.cursor,
    atOnce: z
      .int()
      .min(1)
      .max(limits.keyIdsAtOnceMax)
      .default(limits.keyIdsAtOnceMax)
      .meta({ description: 'How many on one page.' }),
  }),
  output: z.object({ keys: z.array(f.key), nextCursor: z.string().nullable() }).meta({ id: 'KeyIds' }),
});

export const getSigningKey = operation({
  noun: 'verifiers',
  name: 'getSigningKey',
  summary: 'Get the key that snapshots are signed with',
  method: 'GET',
  path: '/verifiers/signing-key',
  cli: 'verifiers signing-key',
  right: 'directory:see',
  input: z.strictObject({}),
  output: z
    .object({ publicKey: z.string().meta({ description: 'Ed25519, SPKI in base64.' }) })
    .meta({ id: 'SigningKey' }),
  errors: [],
});

/** What a page of a snapshot holds, once its signature was proven. */
export const snapshotPage = z.strictObject({
  account: z.string(),
  sequence,
  hash,
  at: f.timeOut,
  cursor: z.string().nullable(),
  nextCursor: z.string().nullable(),
  keys: z.array(keyFacts),
  apis: z.array(apiFacts),
});
export type SnapshotContent = z.output<typeof snapshotPage>;
