import type { Endpoint } from '@keywright/contract';
import { Text } from '@mantine/core';
import type { Column } from '../parts/data-table.tsx';
import { MethodMark } from '../permissions/method-mark.tsx';
import type { ApiDetail } from './api-detail.ts';
import { EndpointMenu } from './endpoint-menu.tsx';

function EndpointCell({ endpoint }: { endpoint: Endpoint }) {
  return (
    <>
      <MethodMark {...endpoint} />
      {endpoint.summary && (
        <Text size="sm" c="dimmed" lineClamp={1}>
          {endpoint.summary}
        </Text>
      )}
    </>
  );
}

const COLUMNS: readonly Column<Endpoint>[] = [
  { header: 'Endpoint', kind: 'main', cell: endpoint => <EndpointCell endpoint={endpoint} /> },
  { header: 'Effect', cell: endpoint => (endpoint.reads ? 'Reads' : 'Writes') },
  { header: 'Group', cell: endpoint => endpoint.tag ?? 'None' },
];

export const endpointColumns = (api: ApiDetail): readonly Column<Endpoint>[] => [
  ...COLUMNS,
  { header: 'Actions', kind: 'menu', cell: endpoint => <EndpointMenu api={api} endpoint={endpoint} /> },
];
