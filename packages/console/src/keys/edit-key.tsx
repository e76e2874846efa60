import type { AccessKey } from '@keywright/contract';
import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { notify } from '../parts/notify.ts';
import { KeyFields } from './key-fields.tsx';
import { updateInput, valuesOf } from './key-values.ts';

export function EditKey({ accessKey, onClose }: { accessKey: AccessKey; onClose: () => void }) {
  const policy = useSuspenseQuery(read('getKeyPolicy', { project: accessKey.project ?? undefined })).data;
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateAccessKey',
    initialValues: valuesOf(accessKey),
    toInput: values => updateInput(accessKey, values, Date.now()),
    onDone: () => {
      notify('The access key was changed.');
      onClose();
    },
  });
  return (
    <Dialog title="Edit access key" size="xl" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <KeyFields form={form} policy={policy} isNew={false} />
          <ErrorAlert error={error} />
          <FormEnd verb="Save" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
