import { Group, NativeSelect, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileImport, IconPlus, IconRoute } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useList } from '../api/read.ts';
import { counted } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { Empty } from '../parts/empty.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { SearchField } from '../parts/search-field.tsx';
import type { ApiDetail } from './api-detail.ts';
import { useApi } from './api-panel.tsx';
import { endpointColumns } from './endpoint-columns.tsx';
import { CreateEndpoint } from './endpoint-dialogs.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { whyBuiltIn } from './why-not.ts';

const SETTLED_MS = 250;
/** Selects hold texts; no tag of an endpoint is empty, so these are free. */
const ALL = 'all:';
const NO_TAG = 'none:';
const TAG = 'tag:';

export function ApiEndpoints() {
  const { data } = useApi();
  return data && <Endpoints api={data} />;
}

function Endpoints({ api }: { api: ApiDetail }) {
  const { buttons, dialogs } = useActions(api);
  return (
    <>
      {api.endpoints === 0 ? <NoEndpoints action={buttons} /> : <EndpointList api={api} actions={buttons} />}
      {dialogs}
    </>
  );
}

function EndpointList({ api, actions }: { api: ApiDetail; actions: ReactNode }) {
  const [typed, setTyped] = useState('');
  const [group, setGroup] = useState(ALL);
  const [text] = useDebouncedValue(typed, SETTLED_MS);
  const list = useList('listEndpoints', { api: api.id, text, tag: tagOf(group) });
  return (
    <Stack gap="md">
      {!api.builtIn && actions}
      <div className="kw-filters">
        <SearchField label="Search" value={typed} onChange={setTyped} />
        <NativeSelect
          label="Group"
          data={groupChoices(api)}
          value={group}
          onChange={event => setGroup(event.currentTarget.value)}
        />
      </div>
      <PagedTable
        label="Endpoints"
        list={list}
        columns={endpointColumns(api)}
        keyOf={endpoint => endpoint.id}
        empty={<NothingFound />}
      />
    </Stack>
  );
}

function tagOf(group: string): string | undefined {
  if (group === ALL) return undefined;
  return group === NO_TAG ? '' : group.slice(TAG.length);
}

function groupChoices(api: ApiDetail) {
  const groups = api.tags.map(({ tag, endpoints }) => ({
    value: tag === null ? NO_TAG : TAG + tag,
    label: `${tag ?? 'Without a group'} (${endpoints})`,
  }));
  return [{ value: ALL, label: `All groups (${counted(api.endpoints, 'endpoint')})` }, ...groups];
}

/** The dialogs stand apart from the buttons, which move once there are endpoints. */
function useActions(api: ApiDetail) {
  const [open, setOpen] = useState<'import' | 'create'>();
  const reason = whyNotAdministrate(useMe()) ?? whyBuiltIn(api);
  const close = () => setOpen(undefined);
  const buttons = (
    <Group gap="xs">
      <ReasonButton
        reason={reason}
        leftSection={<IconFileImport size={16} aria-hidden />}
        onClick={() => setOpen('import')}
      >
        Import OpenAPI document
      </ReasonButton>
      <ReasonButton
        reason={reason}
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setOpen('create')}
      >
        Add endpoint
      </ReasonButton>
    </Group>
  );
  const dialogs = (
    <>
      {open === 'import' && <ImportDialog api={api} onClose={close} />}
      {open === 'create' && <CreateEndpoint api={api} onClose={close} />}
    </>
  );
  return { buttons, dialogs };
}

function NoEndpoints({ action }: { action: ReactNode }) {
  return (
    <Empty icon={<IconRoute aria-hidden />} title="No endpoints yet" action={action}>
      Import the OpenAPI document of the API, or add its endpoints one by one. Keys can then be restricted to single
      endpoints; until then a key needs Read only or Read/Write on the whole API.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={<IconRoute aria-hidden />} title="No endpoint fits">
      Change the search or the group to see more.
    </Empty>
  );
}
