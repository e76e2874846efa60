import { z } from 'zod';
import { accountName } from './account.ts';
import * as f from './fields.ts';
import { operation } from './operation.ts';

const target = z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }).meta({ id: 'EventTarget' });

export const event = z
  .object({
    seq: z.int().meta({ description: 'The place in the log of the account, from 1, without gaps.' }),
    at: f.timeOut,
    action: z
      .string()
      .meta({ description: 'The operation that made the change; else `signIn`, or `startOpenAccess`.' }),
    actor: f.party,
    actorAccount: accountName
      .nullable()
      .meta({ description: 'From which account they acted, when it was another: one that manages this one.' }),
    target,
    details: z.record(z.string(), z.unknown()),
    address: z.string().nullable(),
    hash: z.string().meta({ description: 'SHA-256 over this event and the hash of the one before, hex.' }),
  })
  .meta({ id: 'Event', description: 'One line of the audit log.' });

export const listEvents = operation({
  name: 'listEvents',
  noun: 'events',
  summary: 'List events',
  description:
    'The audit log, newest first: of everybody for administrators, what you did or what concerns your keys for everybody else.',
  method: 'GET',
  path: '/events',
  cli: 'events list',
  right: 'events:see',
  input: z.strictObject({
    action: z
      .string()
      .regex(/^\w{1,60}$/)
      .optional()
      .meta({ description: 'Only this action.' }),
    target: z
      .string()
      .regex(/^\w{1,64}$/)
      .optional()
      .meta({ description: 'Only what concerns this key, member or other object, by id.' }),
    actor: z
      .string()
      .regex(/^\w{1,64}$/)
      .optional()
      .meta({ description: 'Only what this member, service account or key did, by id.' }),
    since: f.instant.optional().meta({ description: 'From then on.' }),
    until: f.instant.optional().meta({ description: 'Before then.' }),
    ...f.paging,
  }),
  output: f.pageOf(event, 'EventPage'),
  errors: [],
});

export const checkEvents = operation({
  name: 'checkEvents',
  noun: 'events',
  summary: 'Check the chain of events',
  description: 'Reads the whole log of the account and computes every hash again.',
  method: 'GET',
  path: '/events/check',
  cli: 'events check',
  right: 'events:check',
  input: z.strictObject({}),
  output: z
    .object({
      intact: z.boolean(),
      events: z.int(),
      brokenAt: z.int().nullable().meta({ description: 'The first event that does not fit.' }),
    })
    .meta({ id: 'EventCheck' }),
  errors: [],
});
