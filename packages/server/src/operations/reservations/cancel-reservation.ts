import type { ReadHandler } from '../../context.ts';
import { settle } from './settle-reservation.ts';

export const cancelReservation: ReadHandler<'cancelReservation'> = (context, { reservation }) =>
  settle(context, reservation, 0);
