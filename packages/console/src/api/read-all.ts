import type { InputOf, OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';

type ListName = 'listApis' | 'listEndpoints' | 'listProjects';
type ItemOf<Name extends ListName> = OutputOf<Name>['items'][number];

/** The whole of a list whose length has a limit, page after page. */
export function readAll<Name extends ListName>(name: Name, input: InputOf<Name>) {
  return queryOptions({
    queryKey: [name, 'all', input],
    queryFn: async ({ signal }) => {
      const items: ItemOf<Name>[] = [];
      let cursor: string | undefined;
      do {
        const page: OutputOf<ListName> = await call(name, { ...input, limit: limits.pageItemsMax, cursor }, { signal });
        // Each page's items are those of the operation; TypeScript widens them while Name is open.
        items.push(...(page.items as ItemOf<Name>[]));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return items;
    },
  });
}
