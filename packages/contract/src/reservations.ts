import { limits } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

const reservation = f
  .id('rsv', 'reservation')
  .meta({ description: 'The id that verify answered: whoever has it settles it.' });

const settled = z
  .object({
    reservation: z.string(),
    reserved: z.int().meta({ description: 'What verify took.' }),
    cost: z.int().meta({ description: 'What it has cost.' }),
    uncharged: z.int().meta({ description: 'What of that no quota had left.' }),
  })
  .meta({ id: 'SettledReservation' });

const one = {
  noun: 'reservations',
  method: 'POST',
  right: 'public',
  unrecorded: true,
  output: settled,
  errors: ['not_found', 'conflict', 'gone'],
} as const;

export const settleReservation = operation({
  ...one,
  name: 'settleReservation',
  summary: 'Settle a reservation',
  description:
    'Says what a use has cost that was reserved by verify. Of less the rest is given back; of more each quota gives what it has left, and rates are charged up to a full bucket. Said again, it is answered again; with another cost it is a conflict.',
  path: '/reservations/{reservation}/settle',
  cli: 'reservations settle',
  input: z.strictObject({
    reservation,
    cost: z.int().min(0).max(limits.costMax).meta({ description: 'What it has cost.' }),
  }),
});

export const cancelReservation = operation({
  ...one,
  name: 'cancelReservation',
  summary: 'Cancel a reservation',
  description: 'Nothing was used: all of it is given back.',
  path: '/reservations/{reservation}/cancel',
  cli: 'reservations cancel',
  input: z.strictObject({ reservation }),
});
