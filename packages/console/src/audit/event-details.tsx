import type { Event, InputOf } from '@keywright/contract';
import { Group, Stack } from '@mantine/core';
import { exactTime } from '../format.ts';
import { Facts } from '../parts/facts.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
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
          ...(event.actorAccount ? [['Acted from', event.actorAccount.name] as const] : []),
          ['Target', mono(event.target.id)],
          ...details,
          ['Hash', mono(event.hash)],
        ]}
      />
      <Group justify="space-between">
        <Group gap="lg">
          <TextLink to="/audit-log" search={{ target: event.target.id }} size="sm">
            All events of this target
          </TextLink>
          <TextLink to="/audit-log" search={{ actor: event.actor.id }} size="sm">
            All events by this actor
          </TextLink>
        </Group>
        <RowMenu of={`event ${event.seq}`}>
          <ApiItems operation="listEvents" input={itself(event)} />
        </RowMenu>
      </Group>
    </Stack>
  );
}

/** The list that holds this event: those of its target in that millisecond. */
function itself({ action, at, target }: Event): InputOf<'listEvents'> {
  const until = new Date(Date.parse(at) + 1).toISOString();
  return { action, target: target.id, since: at, until };
}

const mono = (text: string) => <span className="kw-key">{text}</span>;

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
