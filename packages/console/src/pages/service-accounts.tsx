import type { ServiceAccount } from '@keywright/contract';
import { Group, Stack, Text } from '@mantine/core';
import { IconRobot } from '@tabler/icons-react';
import { Outlet } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useList } from '../api/read.ts';
import { dayOf, textOf } from '../format.ts';
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
import { useCreateServiceAccount } from '../service-accounts/create-button.tsx';
import { ServiceAccountMenu } from '../service-accounts/service-account-menu.tsx';

const COLUMNS: readonly Column<ServiceAccount>[] = [
  { header: 'Name', kind: 'main', cell: account => <ServiceAccountCell account={account} /> },
  { header: 'Role', cell: account => textOf(account.role) },
  { header: 'State', cell: account => <Mark value={account.state} /> },
  { header: 'Access keys', cell: account => account.keys },
  { header: 'Created', cell: account => dayOf(account.createdAt) },
  { header: 'Actions', kind: 'menu', cell: account => <ServiceAccountMenu account={account} /> },
];

export function ServiceAccountsPage() {
  const [typed, setTyped] = useState('');
  const text = useSettled(typed);
  const list = useList('listServiceAccounts', { text });
  const create = useCreateServiceAccount();
  return (
    <Page
      title="Service accounts"
      about="Owners of access keys that are no persons: their keys go on working when people leave."
      actions={
        <Group gap="xs" wrap="nowrap">
          {create.button}
          <ReadMenu of="the service accounts" operation="listServiceAccounts" input={{}} />
        </Group>
      }
    >
      <Stack gap="md">
        <div className="kw-filters">
          <SearchField label="Search" value={typed} onChange={setTyped} />
        </div>
        <PagedTable
          label="Service accounts"
          list={list}
          columns={COLUMNS}
          keyOf={account => account.id}
          empty={text === '' ? <NoServiceAccounts action={create.button} /> : <NothingFound />}
        />
      </Stack>
      {create.dialog}
      <Outlet />
    </Page>
  );
}

function ServiceAccountCell({ account }: { account: ServiceAccount }) {
  return (
    <>
      <RowLink to="/service-accounts/$serviceAccount" params={{ serviceAccount: account.id }}>
        <Name>{account.name}</Name>
      </RowLink>
      {account.description && (
        <Text size="sm" c="dimmed" lineClamp={1}>
          <Name>{account.description}</Name>
        </Text>
      )}
    </>
  );
}

function NoServiceAccounts({ action }: { action: ReactNode }) {
  return (
    <Empty icon={<IconRobot aria-hidden />} title="No service accounts yet" action={action}>
      Make one for each machine or pipeline that needs access keys, such as a build server or a nightly job, so that no
      key hangs on a person.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={<IconRobot aria-hidden />} title="No service account fits">
      Change the search to see more.
    </Empty>
  );
}
