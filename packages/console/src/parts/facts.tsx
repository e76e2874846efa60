import { DataList } from '@mantine/core';
import type { ReactNode } from 'react';

/** What is known of one thing, one row a fact. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <DataList size="sm" gap="xs" labelWidth="8.5rem">
      {rows.map(([label, value]) => (
        <DataList.Item key={label}>
          <DataList.ItemLabel>{label}</DataList.ItemLabel>
          <DataList.ItemValue className="kw-name">{value}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  );
}
