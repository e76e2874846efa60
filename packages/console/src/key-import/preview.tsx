import { Alert, Button, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { counted } from '../format.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Name } from '../parts/name.tsx';
import type { Look, ShownRow } from './look.ts';
import { Step } from './step.tsx';

const COLUMNS: readonly Column<ShownRow>[] = [
  { header: 'Key', kind: 'main', cell: row => <KeyCell row={row} /> },
  { header: 'Owner', cell: row => <Name>{row.owner || 'None'}</Name> },
  { header: 'Secret', cell: row => row.secret },
  { header: 'Permission', cell: row => row.permission },
];

interface PreviewProps {
  look: Look;
  onBack: () => void;
  onStart: () => void;
}

/** The first rows of the file, and what is wrong with them. */
export function Preview({ look, onBack, onStart }: PreviewProps) {
  const { rows, looked, isAll, wrong, problems } = look;
  return (
    <Step>
      <Text size="sm" role="status">
        {summaryOf(look)}
      </Text>
      {wrong > 0 && (
        <Alert
          color="yellow"
          icon={<IconAlertTriangle aria-hidden />}
          title={`${counted(wrong, 'row')} will be refused`}
        >
          <List size="sm">
            {problems.map(({ field, message, rows: count }) => (
              <List.Item key={field + message}>
                <Name>{field}</Name> {message} ({counted(count, 'row')})
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {rows.length > 0 && (
        <DataTable label="First rows" columns={COLUMNS} items={rows} keyOf={row => `line ${row.line}`} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button disabled={looked === 0 || (isAll && wrong === looked)} onClick={onStart}>
          Import keys
        </Button>
      </Group>
    </Step>
  );
}

function summaryOf({ looked, isAll, wrong }: Look): string {
  if (looked === 0) return 'There is no row in it.';
  const rows = isAll ? counted(looked, 'row') : `The first ${looked.toLocaleString('en')} rows`;
  if (wrong > 0) return isAll ? `${rows}.` : `${rows} were looked at.`;
  return `${rows}: nothing wrong is to be seen. Whether owners and projects exist, the server says with the import.`;
}

function KeyCell({ row }: { row: ShownRow }) {
  return (
    <>
      <Text size="sm" fw={600}>
        <Name>{row.name || 'Unnamed key'}</Name>
      </Text>
      <Text size="xs" c="dimmed">
        Line {row.line}
      </Text>
      {row.problem && (
        <Text size="xs" c="var(--mantine-color-error)">
          <Name>{`${row.problem.field} ${row.problem.message}`}</Name>
        </Text>
      )}
    </>
  );
}
