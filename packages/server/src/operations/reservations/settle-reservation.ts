import { KeywrightError } from '@keywright/core';
import { getReservation, type Reservation, settleReservation as settleIn } from '@keywright/store';
import type { ReadContext, ReadHandler } from '../../context.ts';

export const settleReservation: ReadHandler<'settleReservation'> = (context, { reservation, cost }) =>
  settle(context, reservation, cost);

/** Once, however often it is said. */
export async function settle({ app, at }: ReadContext, id: string, cost: number) {
  const { store, limiter } = app;
  const settled = await store.transactBeside(tx => settleIn(tx, store.dialect, id, cost, at));
  if (settled !== undefined) {
    await limiter.settle(settled, cost, at);
    return present(settled, cost);
  }
  const found = await store.transactBeside(tx => getReservation(tx, id));
  if (found === undefined) throw new KeywrightError('not_found', `There is no reservation ${id}.`);
  if (found.cost === null)
    throw new KeywrightError('gone', 'The reservation has lapsed: all that was reserved is spent.');
  if (found.cost !== cost)
    throw new KeywrightError('conflict', `The reservation was settled before, at a cost of ${found.cost}.`);
  return present(found, cost);
}

function present({ id, reserved, uncharged }: Reservation, cost: number) {
  return { reservation: id, reserved, cost, uncharged };
}
