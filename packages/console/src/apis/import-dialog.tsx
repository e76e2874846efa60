import type { InputOf } from '@keywright/contract';
import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/change.ts';
import { counted } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { receiptOf, useTelling } from '../receipts/receipts.tsx';
import { useIsLate, Waiting } from '../receipts/waiting.tsx';
import type { ApiDetail } from './api-detail.ts';
import { DifferenceView } from './difference.tsx';
import { EMPTY_SOURCE, ImportSource, type Source, sourceInput } from './import-source.tsx';

interface ImportDialogProps {
  api: ApiDetail;
  onClose: () => void;
}

/** Brings in an OpenAPI document in two steps: what to import, then the difference that it makes. */
export function ImportDialog({ api, onClose }: ImportDialogProps) {
  const [source, setSource] = useState<Source>({ ...EMPTY_SOURCE, basePath: api.basePath ?? '' });
  const [agreed, setAgreed] = useState({ removeGranted: false, widen: false });
  const preview = useChange('importApi');
  const endpoints = counted(preview.data?.endpoints ?? 0, 'endpoint');
  const done = `The document was imported: ${api.name} has ${endpoints}.`;
  const { isOpen, tellDone, tellError } = useTelling({ title: 'Import OpenAPI document', done, effect: 'In force' });
  const apply = useChange(
    'importApi',
    output => {
      tellDone(receiptOf(output));
      if (isOpen.current) onClose();
    },
    tellError,
  );
  const isLate = useIsLate(apply.isPending);
  const input = (more: Partial<InputOf<'importApi'>>) => ({ ...sourceInput(source), ...more, api: api.id });
  const difference = preview.data;
  // Each is a dialog of its own, so that the focus goes into it.
  if (difference === undefined) {
    return (
      <Dialog key="source" title="Import OpenAPI document" size="xl" onClose={onClose}>
        <form
          noValidate
          onSubmit={event => {
            event.preventDefault();
            preview.mutate(input({ apply: false }));
          }}
        >
          <Stack gap="md">
            <ImportSource source={source} onChange={setSource} />
            <ErrorAlert error={preview.error} />
            <FormEnd verb="Show the difference" busy={preview.isPending} onCancel={onClose} />
          </Stack>
        </form>
      </Dialog>
    );
  }
  return (
    <Dialog key="difference" title="What the import changes" size="xl" onClose={onClose}>
      <Stack gap="md">
        <DifferenceView difference={difference} agreed={agreed} onAgree={setAgreed} />
        <ErrorAlert error={apply.error} />
        <Waiting isLate={isLate} stays={false} />
        <Group justify="flex-end">
          <Button variant="default" onClick={isLate ? onClose : preview.reset} data-autofocus>
            {isLate ? 'Close' : 'Back'}
          </Button>
          <Button
            loading={apply.isPending}
            onClick={() => apply.mutate(input({ ...agreed, apply: true, wait: 'all' }))}
          >
            Apply
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
