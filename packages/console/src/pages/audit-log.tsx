import type { Event } from '@keywright/contract';
import { Code, Group, Stack, Text } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useList } from '../api/read.ts';
import { CheckButton } from '../audit/check-button.tsx';
import { EventDetails } from '../audit/event-details.tsx';
import { EventFilters } from '../audit/event-filters.tsx';
import { type EventSearch, toListInput } from '../audit/event-search.ts';
import { ExportButton } from '../audit/export-button.tsx';
import { textOf } from '../format.ts';
import { Ago } from '../parts/ago.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { actionText } from '../parts/event-text.ts';
import { Name } from '../parts/name.tsx';
import { Page } from '../parts/page.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';

const COLUMNS: readonly Column<Event>[] = [
  { header: 'Action', kind: 'main', cell: event => <Action event={event} /> },
  { header: 'Actor', cell: event => <Named {...event.actor} /> },
  { header: 'Target', cell: event => <Named {...event.target} /> },
  { header: 'Address', cell: event => event.address ?? '' },
  { header: 'When', cell: event => <Ago time={event.at} /> },
];

/** The audit log, newest first. The filters stand in the address, so that a view of it can be handed on. */
export function AuditLogPage() {
  const search = useSearch({ from: '/app/audit-log' });
  const navigate = useNavigate();
  const input = toListInput(search);
  const list = useList('listEvents', input);
  const filter = (changed: EventSearch) =>
    void navigate({ to: '/audit-log', search: { ...search, ...changed }, replace: true });
  return (
    <Page
      title="Audit log"
      about="Every change, by whom and from where. Each event is chained to the one before by its hash."
      actions={
        <Group gap="xs">
          <CheckButton />
          <ExportButton filter={input} />
          <ReadMenu of="the audit log" operation="listEvents" input={input} />
        </Group>
      }
    >
      <Stack gap="md">
        <EventFilters search={search} onChange={filter} />
        <PagedTable
          label="Events"
          list={list}
          columns={COLUMNS}
          keyOf={event => `event ${event.seq}`}
          details={event => <EventDetails event={event} />}
          empty={
            <Empty icon={<IconListDetails aria-hidden />} title="No event fits">
              Every change of keys, members and settings appears here. Change the filters to see more.
            </Empty>
          }
        />
      </Stack>
    </Page>
  );
}

function Action({ event }: { event: Event }) {
  return (
    <>
      <Text size="sm" fw={600}>
        {actionText(event.action)}
      </Text>
      <Code fz="xs">{event.action}</Code>
    </>
  );
}

function Named({ kind, id, name }: { kind: string; id: string; name: string | null }) {
  return (
    <div>
      <Name>{name ?? id}</Name>
      <Text size="xs" c="dimmed">
        {textOf(kind)}
      </Text>
    </div>
  );
}
