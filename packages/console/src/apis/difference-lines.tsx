import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './difference.module.css';

interface LinesProps<Item> {
  title: string;
  about?: string;
  lines: { count: number; items: readonly Item[] };
  keyOf: (item: Item) => string;
  children: (item: Item) => ReactNode;
}

/** One part of a difference, folded when it is long. */
export function Lines<Item>({ title, about, lines, keyOf, children }: LinesProps<Item>) {
  if (lines.count === 0) return null;
  const more = lines.count - lines.items.length;
  return (
    <details className={classes.part} open={lines.count <= OPEN_MAX}>
      <summary>{`${title} (${lines.count})`}</summary>
      {about && (
        <Text size="sm" c="dimmed">
          {about}
        </Text>
      )}
      <ul className={classes.lines} aria-label={title}>
        {lines.items.map(item => (
          <li key={keyOf(item)}>{children(item)}</li>
        ))}
      </ul>
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more} more
        </Text>
      )}
    </details>
  );
}

const OPEN_MAX = 20;
