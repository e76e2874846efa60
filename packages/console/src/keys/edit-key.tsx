import type { AccessKey, InputOf } from '@keywright/contract';
import type { KeyPolicy } from '@keywright/core';
import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { receiptOf, useTelling } from '../receipts/receipts.tsx';
import { useIsLate, Waiting } from '../receipts/waiting.tsx';
import { KeyFields } from './key-fields.tsx';
import { updateInput, valuesOf } from './key-values.ts';

const ABOUT = { title: 'Edit access key', done: 'The access key was changed.', effect: 'In force' } as const;

interface EditKeyProps {
  accessKey: AccessKey;
  onClose: () => void;
}

export function EditKey(props: EditKeyProps) {
  const { data, error } = useQuery(read('getKeyPolicy', { project: props.accessKey.project ?? undefined }));
  if (data) return <EditDialog {...props} policy={data} />;
  return (
    error && (
      <Dialog title={ABOUT.title} onClose={props.onClose}>
        <ErrorAlert error={error} />
      </Dialog>
    )
  );
}

function EditDialog({ accessKey, policy, onClose }: EditKeyProps & { policy: KeyPolicy }) {
  const { tellDone, tellError } = useTelling(ABOUT);
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateAccessKey',
    initialValues: valuesOf(accessKey),
    toInput: values => waiting(updateInput(accessKey, values, Date.now())),
    onAnswer: output => tellDone(receiptOf(output)),
    onFailure: tellError,
    onDone: onClose,
  });
  const isLate = useIsLate(busy);
  return (
    <Dialog title={ABOUT.title} size="xl" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <KeyFields form={form} policy={policy} isNew={false} />
          <ErrorAlert error={error} />
          <Waiting isLate={isLate} stays />
          <FormEnd verb="Save" no={isLate ? 'Close' : 'Cancel'} busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}

/** What decides whether a request may pass; of other fields nobody needs to hear. */
const DECIDING = ['permission', 'grants', 'expiresAt', 'notBefore', 'networks', 'rateLimits', 'quotas'];

function waiting(input: InputOf<'updateAccessKey'>): InputOf<'updateAccessKey'> {
  return DECIDING.some(field => field in input) ? { ...input, wait: 'all' } : input;
}
