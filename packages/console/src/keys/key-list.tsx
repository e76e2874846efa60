import type { OutputOf, Project } from '@keywright/contract';
import { Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useList } from '../api/read.ts';
import { useMe } from '../me.ts';
import { Empty } from '../parts/empty.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import { RowsStay } from '../receipts/waiting.tsx';
import { useCreateKey } from './create-button.tsx';
import type { Owner } from './create-key.tsx';
import { keyColumns } from './key-columns.tsx';
import { type Filters, KeyFilters, NO_FILTERS } from './key-filters.tsx';
import { NewKey } from './new-key.tsx';

const SETTLED_MS = 250;

interface KeyListProps {
  /** Whose keys; without one those of everybody. */
  owner?: Owner | undefined;
  /** Of which project; without one those of the whole account. */
  project?: Project | undefined;
  /** The words on the green button. */
  verb?: string;
}

/** A list of access keys, with all that can be done with each. */
export function KeyList({ owner, project, verb }: KeyListProps) {
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const created = useShownOnce<OutputOf<'createAccessKey'>>();
  const [text] = useDebouncedValue(filters.text, SETTLED_MS);
  const wanted = owner?.id ?? filters.owner ?? undefined;
  const { sort, state } = filters;
  const list = useList('listAccessKeys', { text, sort, state, owner: wanted, project: project?.id });
  const isFiltered = [filters.text, text, state, filters.owner].some(Boolean);
  const hasNone = list.items?.length === 0 && !list.isPlaceholder && !isFiltered;
  // Where it stands depends on what the list holds; before that is known, it would move away under a finger.
  const isKnown = list.items !== undefined || list.error !== null;
  const create = useCreateKey({ owner, project, verb, onCreated: created.show });
  return (
    <Stack gap="md">
      {!hasNone && (
        <div className="kw-filters">
          <KeyFilters filters={filters} withOwner={owner === undefined} onChange={setFilters} />
          {isKnown && create.button}
        </div>
      )}
      <RowsStay value={state === undefined}>
        <PagedTable
          label="Access keys"
          list={list}
          columns={keyColumns({ owner: owner === undefined, project: project === undefined })}
          keyOf={key => key.key}
          empty={hasNone ? <NoKeys action={create.button} /> : <NothingFound />}
        />
      </RowsStay>
      {create.dialog}
      {created.shown && <NewKey created={created.shown} onClose={created.putAway} />}
    </Stack>
  );
}

function NoKeys({ action }: { action: ReactNode }) {
  const { isMember } = useMe();
  return (
    <Empty icon={<IconKey aria-hidden />} title="No access keys yet" action={action}>
      A script, a server or a terminal uses an access key in place of a person's password. Create one for each thing
      that needs access: then you see when each was last used, and can stop one without stopping the others.
      {!isMember && ' Each needs an owner of this account: create a service account or invite a member first.'}
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
