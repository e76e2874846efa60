import type { Event } from '@keywright/contract';
import { Stack } from '@mantine/core';
import { exactTime } from '../format.ts';
import { Facts } from '../parts/facts.tsx';
import { TextLink } from '../parts/text-link.tsx';

/** All that is recorded of one event. */
export function EventDetails({ event }: { event: Event }) {
  const details = Object.entries(event.details).map(([field, value]) => [field, asText(value)] as const);
  return (
    <Stack gap="sm">
      <Facts
        rows={[
          ['Number', event.seq],
          ['When', exactTime(event.at)],
          ['Actor', mono(event.actor.id)],
          ['Target', mono(event.target.id)],
          ...details,
          ['Hash', mono(event.hash)],
        ]}
      />
      <TextLink to="/audit-log" search={{ target: event.target.id }} size="sm">
        All events of this target
      </TextLink>
    </Stack>
  );
}

const mono = (text: string) => <span className="kw-key">{text}</span>;

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
