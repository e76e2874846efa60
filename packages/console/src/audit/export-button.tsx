import type { InputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { Button, Group, Menu, Progress, Stack, Text } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { call } from '../api/client.ts';
import { counted } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { download } from '../parts/download.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { notify } from '../parts/notify.ts';
import { EVENT_FORMATS, type EventFormat } from './event-file.ts';

type Filter = InputOf<'listEvents'>;

/** Downloads all events that the filter shows, not only those loaded so far. */
export function ExportButton({ filter }: { filter: Filter }) {
  const [format, setFormat] = useState<EventFormat>();
  return (
    <>
      <Menu>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {EVENT_FORMATS.map(choice => (
            <Menu.Item key={choice.extension} onClick={() => setFormat(choice)}>
              {`As ${choice.name} (.${choice.extension})`}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {format && <ExportDialog format={format} filter={filter} onClose={() => setFormat(undefined)} />}
    </>
  );
}

interface ExportDialogProps {
  format: EventFormat;
  filter: Filter;
  onClose: () => void;
}

/** Reads page after page, and ends with the download. Closing it stops the reading. */
function ExportDialog({ format, filter, onClose }: ExportDialogProps) {
  const [count, setCount] = useState(0);
  const { mutate, error } = useMutation({
    mutationFn: (signal: AbortSignal) => readAll(format, filter, signal, setCount),
    onSuccess: ({ texts, events }) => {
      download(`keywright-events-${new Date().toISOString().slice(0, 10)}.${format.extension}`, format.type, texts);
      notify(`${counted(events, 'event')} exported.`);
      onClose();
    },
  });
  useEffect(() => {
    const leaving = new AbortController();
    mutate(leaving.signal);
    return () => leaving.abort();
  }, [mutate]);
  return (
    <Dialog title="Export events" size="md" onClose={onClose}>
      <Stack gap="md">
        {error === null && (
          <>
            <Text size="sm" role="status">
              {counted(count, 'event')} read…
            </Text>
            <Progress value={100} animated aria-hidden />
          </>
        )}
        <ErrorAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

async function readAll(format: EventFormat, filter: Filter, signal: AbortSignal, tell: (count: number) => void) {
  const texts = [format.head];
  let events = 0;
  let cursor: string | undefined;
  do {
    const page = await call('listEvents', { ...filter, limit: limits.pageItemsMax, cursor }, { signal });
    texts.push(page.items.map(format.line).join(''));
    events += page.items.length;
    tell(events);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { texts, events };
}
