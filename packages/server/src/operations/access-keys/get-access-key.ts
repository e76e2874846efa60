import { DAY_MS } from '@keywright/core';
import { usedDaysOf } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';
import { presentAccessKey, reachableKey } from './present-access-key.ts';

const DAYS_SHOWN = 30;

export const getAccessKey: ReadHandler<'getAccessKey'> = async (context, input) => {
  const key = await reachableKey(context, input.key);
  const today = Math.floor(context.at / DAY_MS);
  const days = await usedDaysOf(context.db, key.key, today - DAYS_SHOWN + 1);
  const usedDays = days.map(({ day, count }) => ({ day: timeText(day * DAY_MS).slice(0, 10), count }));
  return { ...presentAccessKey(key, context.at), usedDays };
};
