import type { InputOf, OperationName, OutputOf } from '@keywright/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { call } from './client.ts';

/** One read of the server, cached under its operation and input. */
export function read<Name extends OperationName>(name: Name, input: InputOf<Name>) {
  return queryOptions({
    queryKey: [name, input],
    queryFn: ({ signal }) => call(name, input, { signal }),
  });
}

type ListName =
  | 'listAccessKeys'
  | 'listMembers'
  | 'listServiceAccounts'
  | 'listProjects'
  | 'listAccounts'
  | 'listEvents'
  | 'listApis'
  | 'listEndpoints';
type ItemOf<Name extends ListName> = OutputOf<Name>['items'][number];

/** A list as far as it was loaded, page by page. */
export interface List<Item> {
  /** Undefined until the first page is there. */
  items: readonly Item[] | undefined;
  /** The items answer another question, until those of this one arrive. */
  isPlaceholder: boolean;
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
}

export function useList<Name extends ListName>(name: Name, input: InputOf<Name>): List<ItemOf<Name>> {
  const pages = useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: [name, 'pages', input],
      queryFn: ({ pageParam, signal }) => call(name, { ...input, cursor: pageParam }, { signal }),
      initialPageParam: undefined as string | undefined, // the first page has no cursor
      getNextPageParam: page => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  );
  return {
    // Each page's items are those of the operation; TypeScript widens them while Name is open.
    items: pages.data?.pages.flatMap(page => page.items as ItemOf<Name>[]),
    isPlaceholder: pages.isPlaceholderData,
    error: pages.error,
    hasMore: pages.hasNextPage,
    loadingMore: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
  };
}
