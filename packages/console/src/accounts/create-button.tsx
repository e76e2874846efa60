import { limits } from '@keywright/core';
import { Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { notify } from '../parts/notify.ts';
import { ReasonButton } from '../parts/reason.tsx';

export function CreateAccountButton() {
  const [open, setOpen] = useState(false);
  const reason = whyNotAdministrate(useMe(), 'accounts:manage');
  return (
    <>
      <ReasonButton reason={reason} leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Create managed account
      </ReasonButton>
      {open && <CreateDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const { form, busy, error, submit } = useOperationForm({
    operation: 'createManagedAccount',
    initialValues: { name: '' },
    toInput: values => values,
    onDone: () => {
      notify('The account was created.');
      onClose();
    },
  });
  return (
    <Dialog title="Create managed account" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Text size="sm">
            The account is apart from all others: it has members, keys and a log of its own. Owners and administrators
            of {me.account.name} act in it as administrators.
          </Text>
          <TextInput
            label="Name"
            required
            placeholder="A customer, a team, a subsidiary"
            maxLength={limits.nameCharsMax}
            data-autofocus
            {...form.getInputProps('name')}
          />
          <ErrorAlert error={error} />
          <FormEnd verb="Create managed account" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
