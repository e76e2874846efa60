import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { Ago } from '../parts/ago.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { actionText } from '../parts/event-text.ts';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { TextLink } from '../parts/text-link.tsx';
import classes from './key-events.module.css';

const SHOWN = 5;

/** The newest events of a key, and the way to all of them. */
export function KeyEvents({ id }: { id: string }) {
  const { data, error } = useQuery(read('listEvents', { target: id, limit: SHOWN }));
  if (data === undefined) return error === null ? <Loading lines={2} /> : <ErrorAlert error={error} />;
  return (
    <Stack gap="xs">
      <ul className={classes.list}>
        {data.items.map(event => (
          <li key={event.seq}>
            <Text size="sm" component="span">
              {actionText(event.action)} · <Name>{event.actor.name ?? event.actor.id}</Name>
            </Text>
            <Text size="sm" c="dimmed" component="span">
              <Ago time={event.at} />
            </Text>
          </li>
        ))}
      </ul>
      <TextLink to="/audit-log" search={{ target: id }} size="sm">
        All events of this key
      </TextLink>
    </Stack>
  );
}
