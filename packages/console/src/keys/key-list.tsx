import type { OutputOf } from '@keywright/contract';
import { Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useList } from '../api/read.ts';
import { Empty } from '../parts/empty.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import { CreateButton } from './create-button.tsx';
import type { Owner } from './create-key.tsx';
import { keyColumns } from './key-columns.tsx';
import { type Filters, KeyFilters, NO_FILTERS } from './key-filters.tsx';
import { NewKey } from './new-key.tsx';

const SETTLED_MS = 250;

/** The access keys of one owner, or without one those of the whole account. */
export function KeyList({ owner }: { owner?: Owner }) {
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const created = useShownOnce<OutputOf<'createAccessKey'>>();
  const [text] = useDebouncedValue(filters.text, SETTLED_MS);
  const wanted = owner?.id ?? filters.owner ?? undefined;
  const list = useList('listAccessKeys', { text, sort: filters.sort, state: filters.state, owner: wanted });
  const isFiltered = [filters.text, text, filters.state, filters.owner].some(Boolean);
  const hasNone = list.items?.length === 0 && !list.isPlaceholder && !isFiltered;
  const create = <CreateButton owner={owner} onCreated={created.show} />;
  return (
    <Stack gap="md">
      {!hasNone && (
        <div className="kw-filters">
          <KeyFilters filters={filters} withOwner={owner === undefined} onChange={setFilters} />
          {create}
        </div>
      )}
      <PagedTable
        label="Access keys"
        list={list}
        columns={keyColumns(owner === undefined)}
        keyOf={key => key.key}
        empty={hasNone ? <NoKeys action={create} /> : <NothingFound />}
      />
      {created.shown && <NewKey created={created.shown} onClose={created.putAway} />}
    </Stack>
  );
}

function NoKeys({ action }: { action: ReactNode }) {
  return (
    <Empty icon={<IconKey aria-hidden />} title="No access keys yet" action={action}>
      A script, a server or a terminal uses an access key in place of a person's password. Create one for each thing
      that needs access: then you see when each was last used, and can stop one without stopping the others.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={<IconKey aria-hidden />} title="No access key fits">
      Change the search or the state to see more.
    </Empty>
  );
}
