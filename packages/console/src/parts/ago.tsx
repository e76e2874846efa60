import { Tooltip } from '@mantine/core';
import { exactTime, relativeTime } from '../format.ts';

/** A time as people say it, exact in the tooltip. */
export function Ago({ time, more }: { time: string; more?: string | undefined }) {
  return (
    <Tooltip label={more ? `${exactTime(time)} · ${more}` : exactTime(time)}>
      <time dateTime={time}>{relativeTime(time)}</time>
    </Tooltip>
  );
}
