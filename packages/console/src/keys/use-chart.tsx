import { Text, VisuallyHidden } from '@mantine/core';
import { counted, utcDayOf } from '../format.ts';
import classes from './use-chart.module.css';

const DAYS = 30;
const DAY_MS = 86_400_000;
const HEIGHT = 64;

interface UsedDay {
  day: string;
  count: number;
}

/** One bar a day. People who do not see it get the days with use as a list. */
export function UseChart({ usedDays }: { usedDays: readonly UsedDay[] }) {
  const days = lastDays(usedDays, Date.now());
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const most = Math.max(1, ...days.map(day => day.count));
  if (total === 0) {
    return (
      <Text size="sm" c="dimmed">
        No use was recorded.
      </Text>
    );
  }
  return (
    <figure className={classes.figure}>
      <svg
        viewBox={`0 0 ${DAYS * 10} ${HEIGHT}`}
        preserveAspectRatio="none"
        className={classes.chart}
        aria-hidden="true"
      >
        {days.map(({ day, count }, index) => {
          const height = count === 0 ? 1 : Math.max(3, (count / most) * HEIGHT);
          return (
            <rect key={day} x={index * 10 + 1} y={HEIGHT - height} width={8} height={height} data-used={count > 0}>
              <title>{`${utcDayOf(day)}: ${counted(count, 'use')}`}</title>
            </rect>
          );
        })}
      </svg>
      <Text component="figcaption" size="xs" c="dimmed" mt={4}>
        {counted(total, 'use')}, at most {most} on a day (UTC)
      </Text>
      <VisuallyHidden>
        <ul aria-label="Uses on each day">
          {usedDays.map(({ day, count }) => (
            <li key={day}>{`${utcDayOf(day)}: ${counted(count, 'use')}`}</li>
          ))}
        </ul>
      </VisuallyHidden>
    </figure>
  );
}

/** The last 30 days up to today, those without use included. */
function lastDays(used: readonly UsedDay[], now: number): UsedDay[] {
  const counts = new Map(used.map(({ day, count }) => [day, count]));
  return Array.from({ length: DAYS }, (_, index) => {
    const day = new Date(now - (DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return { day, count: counts.get(day) ?? 0 };
  });
}
