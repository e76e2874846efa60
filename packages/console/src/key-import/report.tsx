import type { RefusedLine } from '@keywright/contract';
import { Alert, Button, Group, Text } from '@mantine/core';
import { IconCheck, IconDownload, IconPlayerStop } from '@tabler/icons-react';
import { csvLine } from '../parts/csv.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { download } from '../parts/download.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Name } from '../parts/name.tsx';
import { resultText } from './result-text.ts';
import type { Progress } from './run-import.ts';
import { Step } from './step.tsx';

const SHOWN = 20;

const COLUMNS: readonly Column<RefusedLine>[] = [
  { header: 'Line', kind: 'main', cell: line => <LineCell refused={line} /> },
  { header: 'Why', cell: ({ message }) => <span style={{ overflowWrap: 'anywhere' }}>{message}</span> },
];

interface ReportProps {
  progress: Progress | undefined;
  ended: 'done' | 'stopped' | 'failed';
  error: Error | null;
  onBack: () => void;
  onClose: () => void;
}

/** What came of it, and each line that was refused. */
export function Report({ progress, ended, error, onBack, onClose }: ReportProps) {
  const refused = progress?.result.refused ?? [];
  return (
    <Step>
      <ErrorAlert error={error} />
      <Outcome progress={progress} ended={ended} />
      {refused.length > 0 && (
        <>
          <DataTable
            label="Refused lines"
            columns={COLUMNS}
            items={refused.slice(0, SHOWN)}
            keyOf={({ line }) => `line ${line}`}
          />
          {refused.length > SHOWN && (
            <Text size="sm" c="dimmed">
              {(refused.length - SHOWN).toLocaleString('en')} more stand in the report.
            </Text>
          )}
        </>
      )}
      <Group justify="flex-end">
        {refused.length > 0 && (
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => download('keywright-refused-lines.csv', 'text/csv', reportOf(refused))}
          >
            Download report
          </Button>
        )}
        {(ended !== 'done' || refused.length > 0) && (
          <Button variant="default" onClick={onBack}>
            Import again
          </Button>
        )}
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Step>
  );
}

function LineCell({ refused }: { refused: RefusedLine }) {
  return (
    <>
      <Text size="sm" fw={600}>
        Line {refused.line}
      </Text>
      <Text size="xs" c="dimmed">
        <Name>{refused.field}</Name>
      </Text>
    </>
  );
}

const AGAIN = 'Import the same rows again to go on: what is there already is passed over.';

function Outcome({ progress, ended }: Pick<ReportProps, 'progress' | 'ended'>) {
  const result = progress ? resultText(progress.result) : 'Nothing was imported';
  if (ended === 'done') {
    return (
      <Alert color="green" icon={<IconCheck aria-hidden />} title="The import is done" role="status">
        {result}.
      </Alert>
    );
  }
  return (
    <Alert color="yellow" icon={<IconPlayerStop aria-hidden />} title="The import has stopped" role="status">
      {result}. {AGAIN}
    </Alert>
  );
}

function reportOf(refused: readonly RefusedLine[]): string[] {
  const lines = refused.map(({ line, field, message }) => csvLine([String(line), field, message]));
  return [csvLine(['line', 'field', 'why']), ...lines];
}
