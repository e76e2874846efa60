import { limits } from '@keywright/core';
import { z } from 'zod';

const follower = {
  kind: z.enum(['node', 'verifier']),
  id: z.string(),
  name: z
    .string()
    .nullable()
    .meta({ description: 'Of nodes told to owners and admins only: it is that of a machine.' }),
};

/** Who knows of a change by now: what `wait: all` waits for. */
export const receipt = z
  .object({
    sequence: z.int().meta({ description: 'The place of the change in the order of all changes of the server.' }),
    complete: z.boolean().meta({
      description:
        'Nobody decides by what was before any more, but for a verifier that serves on and was not heard of for 24 hours: it is forgotten then.',
    }),
    ms: z.number().meta({ description: 'From the change to this answer.' }),
    acknowledged: z.array(
      z
        .object({
          ...follower,
          ms: z.number().meta({ description: 'From the change to its acknowledgement.' }),
          lapsed: z.boolean().meta({
            description:
              'It has said good-bye, or was not heard of for so long that it refuses everything by now, as it was told to. One that was told to serve on is forgotten after 24 hours.',
          }),
        })
        .meta({ id: 'Acknowledgement' }),
    ),
    missing: z.array(z.object(follower).meta({ id: 'MissingFollower' })),
  })
  .meta({ id: 'Receipt', description: 'Which nodes and verifiers follow a change, and which do not yet.' });
export type Receipt = z.output<typeof receipt>;

interface Named {
  id: string;
  name: string | null;
}

/** What each of these is called: by its name, and by its id as well where another has the same, as processes of one application do. */
export function nameAmong(all: readonly Named[]): (one: Named) => string {
  const times = Map.groupBy(all, ({ name }) => name);
  return ({ id, name }) => {
    if (name === null) return id;
    return (times.get(name)?.length ?? 0) > 1 ? `${name} (${id})` : name;
  };
}

/** What every change of facts that anybody may hold takes: it then answers once all nodes and verifiers know of it. */
export const waiting = {
  wait: z
    .enum(['all'])
    .optional()
    .meta({ description: 'Answer only when all nodes and verifiers have acknowledged the change, with a receipt.' }),
  waitMs: z
    .int()
    .min(1)
    .max(limits.receiptWaitMsMax)
    .optional()
    .meta({ description: `For how long to wait at most; ${limits.receiptWaitMsDefault} unless told.` }),
};

/** The answer of such a change. */
export const received = { receipt: receipt.optional() };
