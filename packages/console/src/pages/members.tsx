import type { InputOf, Member } from '@keywright/contract';
import { MEMBER_STATES } from '@keywright/contract';
import { ROLES } from '@keywright/core';
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { useList } from '../api/read.ts';
import { choicesOf, dayOf, textOf } from '../format.ts';
import { InviteButton } from '../members/invite.tsx';
import { MemberMenu } from '../members/member-menu.tsx';
import { Mark } from '../parts/badges.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Name } from '../parts/name.tsx';
import { Page } from '../parts/page.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { RowLink } from '../parts/text-link.tsx';
import { useSettled } from '../parts/use-settled.ts';
import { RowsStay } from '../receipts/waiting.tsx';

type Filters = Pick<InputOf<'listMembers'>, 'role' | 'state'> & { text: string };

const COLUMNS: readonly Column<Member>[] = [
  { header: 'Name', kind: 'main', cell: member => <MemberCell member={member} /> },
  { header: 'Role', cell: member => textOf(member.role) },
  { header: 'State', cell: member => <Mark value={member.state} /> },
  { header: 'Access keys', cell: member => member.keys },
  { header: 'Since', cell: member => dayOf(member.createdAt) },
  { header: 'Actions', kind: 'menu', cell: member => <MemberMenu member={member} /> },
];

export function MembersPage() {
  const [filters, setFilters] = useState<Filters>({ text: '' });
  const text = useSettled(filters.text);
  const list = useList('listMembers', { ...filters, text });
  return (
    <Page
      title="Members"
      about="The people of the account, and what they may do."
      actions={
        <Group gap="xs" wrap="nowrap">
          <InviteButton />
          <ReadMenu of="the members" operation="listMembers" input={{}} />
        </Group>
      }
    >
      <Stack gap="md">
        <MemberFilters filters={filters} onChange={setFilters} />
        <RowsStay value={filters.state === undefined}>
          <PagedTable
            label="Members"
            list={list}
            columns={COLUMNS}
            keyOf={member => member.id}
            empty={text || filters.role || filters.state ? <NothingFound /> : <NoMembers />}
          />
        </RowsStay>
      </Stack>
      <Outlet />
    </Page>
  );
}

function MemberCell({ member }: { member: Member }) {
  return (
    <>
      <RowLink to="/members/$member" params={{ member: member.id }}>
        <Name>{member.name}</Name>
      </RowLink>
      <Text size="sm" c="dimmed">
        <Name>{member.email}</Name>
      </Text>
    </>
  );
}

function MemberFilters({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  return (
    <div className="kw-filters">
      <SearchField label="Search" value={filters.text} onChange={text => onChange({ ...filters, text })} />
      <NativeSelect
        label="Role"
        data={[{ value: '', label: 'All roles' }, ...choicesOf(ROLES)]}
        value={filters.role ?? ''}
        onChange={event => onChange({ ...filters, role: ROLES.find(role => role === event.currentTarget.value) })}
      />
      <NativeSelect
        label="State"
        data={[{ value: '', label: 'All states' }, ...choicesOf(MEMBER_STATES)]}
        value={filters.state ?? ''}
        onChange={event =>
          onChange({ ...filters, state: MEMBER_STATES.find(state => state === event.currentTarget.value) })
        }
      />
    </div>
  );
}

/** In an account that is managed from another one there may be nobody. */
function NoMembers() {
  return (
    <Empty icon={<IconUsers aria-hidden />} title="No members yet">
      Invite the people of this account: each signs in, makes access keys, and can do what the role allows.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={<IconUsers aria-hidden />} title="No member fits">
      Change the search, the role or the state to see more.
    </Empty>
  );
}
