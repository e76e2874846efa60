import type { Api } from '@keywright/contract';
import { Group, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconApi } from '@tabler/icons-react';
import { Outlet } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useList } from '../api/read.ts';
import { ApiMenu } from '../apis/api-menu.tsx';
import { useCreateApi } from '../apis/create-button.tsx';
import { dayOf } from '../format.ts';
import type { Column } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Name } from '../parts/name.tsx';
import { Page } from '../parts/page.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { RowLink } from '../parts/text-link.tsx';

const COLUMNS: readonly Column<Api>[] = [
  { header: 'Name', kind: 'main', cell: api => <ApiCell api={api} /> },
  { header: 'Endpoints', cell: api => api.endpoints },
  { header: 'Created', cell: api => (api.createdAt === null ? 'Built in' : dayOf(api.createdAt)) },
  { header: 'Actions', kind: 'menu', cell: api => <ApiMenu api={api} /> },
];

const SETTLED_MS = 250;

export function ApisPage() {
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed, SETTLED_MS);
  const list = useList('listApis', { text });
  const create = useCreateApi();
  const hasOwn = list.items?.some(api => !api.builtIn) ?? true;
  return (
    <Page
      title="APIs"
      about="What access keys give access to, endpoint by endpoint."
      actions={
        <Group gap="xs" wrap="nowrap">
          {create.button}
          <ReadMenu of="the APIs" operation="listApis" input={{}} />
        </Group>
      }
    >
      <Stack gap="md">
        <div className="kw-filters">
          <SearchField label="Search" value={typed} onChange={setTyped} />
        </div>
        <PagedTable label="APIs" list={list} columns={COLUMNS} keyOf={api => api.id} empty={<NothingFound />} />
        {text === '' && !hasOwn && <NoApis action={create.button} />}
      </Stack>
      {create.dialog}
      <Outlet />
    </Page>
  );
}

function ApiCell({ api }: { api: Api }) {
  return (
    <>
      <RowLink to="/apis/$api" params={{ api: api.id }}>
        <Name>{api.name}</Name>
      </RowLink>
      {api.description && (
        <Text size="sm" c="dimmed" lineClamp={1}>
          <Name>{api.description}</Name>
        </Text>
      )}
    </>
  );
}

function NoApis({ action }: { action: ReactNode }) {
  return (
    <Empty icon={<IconApi aria-hidden />} title="No API of your own yet" action={action}>
      Create one for each API that keys shall open. Then import its OpenAPI document, or enter its endpoints by hand:
      from then on a key can be restricted to single endpoints, and your gateway asks Keywright before it lets a request
      pass.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={<IconApi aria-hidden />} title="No API fits">
      Change the search to see more.
    </Empty>
  );
}
