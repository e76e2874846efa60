import type { AccessKey, Event } from '@keywright/contract';
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

/** The newest events of a key, first those that came last. */
export const useKeyEvents = (key: string) => useQuery(read('listEvents', { target: key, limit: SHOWN }));

/** The newest events of a key, and the way to all of them. */
export function KeyEvents({ accessKey }: { accessKey: AccessKey }) {
  const { key } = accessKey;
  const { data, error } = useKeyEvents(key);
  const imported = useImport(accessKey);
  if (data === undefined) return error === null ? <Loading lines={2} /> : <ErrorAlert error={error} />;
  return (
    <Stack gap="xs">
      <ul className={classes.list}>
        {[...data.items, ...imported].map(event => (
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
      <TextLink to="/audit-log" search={{ target: key }} size="sm">
        All events of this key
      </TextLink>
      {accessKey.legacy && (
        <TextLink to="/audit-log" search={{ action: 'importAccessKeys' }} size="sm">
          All imports of keys
        </TextLink>
      )}
    </Stack>
  );
}

/**
 * The import that brought the key. Its event is about all the keys of the run, so it is found by the moment; a key that came with
 * the date of its creation elsewhere has another.
 */
function useImport({ legacy, createdAt }: AccessKey): Event[] {
  const until = new Date(Date.parse(createdAt) + 1).toISOString();
  const input = { action: 'importAccessKeys', since: createdAt, until, limit: 1 };
  return useQuery({ ...read('listEvents', input), enabled: legacy }).data?.items ?? [];
}
