import type { ReachedAccount } from '@keywright/contract';
import { Anchor, Group, Stack, Text } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { useState } from 'react';
import { accountAddress } from '../accounts/account-address.ts';
import { AccountMenu } from '../accounts/account-menu.tsx';
import { useCreateAccount } from '../accounts/create-button.tsx';
import { useList } from '../api/read.ts';
import { dayOf, textOf } from '../format.ts';
import { useMe } from '../me.ts';
import { Mark } from '../parts/badges.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Name } from '../parts/name.tsx';
import { Page } from '../parts/page.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { useSettled } from '../parts/use-settled.ts';

const COLUMNS: readonly Column<ReachedAccount>[] = [
  { header: 'Name', kind: 'main', cell: account => <AccountCell account={account} /> },
  { header: 'State', cell: account => <Mark value={account.state} /> },
  { header: 'Your role there', cell: account => textOf(account.role) },
  { header: 'Managed by', cell: account => <Name>{account.managedBy?.name ?? ''}</Name> },
  { header: 'Created', cell: account => dayOf(account.createdAt) },
  { header: 'Actions', kind: 'menu', cell: account => <AccountMenu account={account} /> },
];

/** The accounts in which the person can act. */
export function AccountsPage() {
  const [typed, setTyped] = useState('');
  const text = useSettled(typed);
  const list = useList('listAccounts', { text });
  const managesNone = text === '' && list.items !== undefined && !list.items.some(({ way }) => way === 'managed');
  const create = useCreateAccount();
  return (
    <Page
      title="Accounts"
      about="The accounts in which you can act: your own, and those that it manages."
      actions={
        <Group gap="xs" wrap="nowrap">
          {create.button}
          <ReadMenu of="the accounts" operation="listAccounts" input={{}} />
        </Group>
      }
    >
      <Stack gap="md">
        <div className="kw-filters">
          <SearchField label="Search" value={typed} onChange={setTyped} />
        </div>
        <PagedTable
          label="Accounts"
          list={list}
          columns={COLUMNS}
          keyOf={account => account.id}
          empty={
            <Empty icon={<IconBuilding aria-hidden />} title="No account fits">
              Change the search to see more.
            </Empty>
          }
        />
        {managesNone && (
          <Empty icon={<IconBuilding aria-hidden />} title="No managed accounts yet" action={create.button}>
            Create an account for each customer or subsidiary whose keys you administrate. It is apart from yours, and
            you act in it as an administrator.
          </Empty>
        )}
      </Stack>
      {create.dialog}
    </Page>
  );
}

function AccountCell({ account }: { account: ReachedAccount }) {
  const me = useMe();
  const isHere = account.id === me.account.id;
  return (
    <>
      <Anchor href={accountAddress(account.id, me)} data-row-link fw={600} size="sm" underline="never" c="inherit">
        <Name>{account.name}</Name>
      </Anchor>
      {isHere && (
        <Text size="sm" c="dimmed">
          You act here now
        </Text>
      )}
    </>
  );
}
