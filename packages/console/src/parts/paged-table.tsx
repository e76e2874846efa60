import { Group, Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import type { List } from '../api/read.ts';
import { BusyButton } from './busy-button.tsx';
import { DataTable, type DataTableProps } from './data-table.tsx';
import { ErrorAlert } from './error-alert.tsx';

interface PagedTableProps<Item> extends Omit<DataTableProps<Item>, 'items'> {
  list: List<Item>;
  /** What stands here while there is nothing: it teaches what would. */
  empty: ReactNode;
}

/** A list of the server: loading, failed, empty, or its rows with *Load more*. */
export function PagedTable<Item>({ list, empty, ...table }: PagedTableProps<Item>) {
  if (list.items === undefined) return list.error === null ? <Loading /> : <ErrorAlert error={list.error} />;
  if (list.items.length === 0) return empty;
  return (
    <Stack gap="sm">
      <ErrorAlert error={list.error} />
      <DataTable {...table} items={list.items} />
      {list.hasMore && (
        <Group justify="center">
          <BusyButton busy={list.loadingMore} onClick={list.loadMore}>
            Load more
          </BusyButton>
        </Group>
      )}
    </Stack>
  );
}

/** Grey lines in place of what is on its way. */
export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <Stack gap="xs">
      <VisuallyHidden role="status">Loading…</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => line).map(line => (
        <Skeleton key={line} height={44} />
      ))}
    </Stack>
  );
}
