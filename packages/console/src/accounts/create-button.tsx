import { limits } from '@keywright/core';
import { Text, TextInput } from '@mantine/core';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { useDialogButton } from '../parts/dialog-button.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { notify } from '../parts/notify.ts';

export function useCreateAccount() {
  const reason = whyNotAdministrate(useMe(), 'accounts:manage');
  return useDialogButton({ verb: 'Create managed account', reason, dialog: close => <CreateDialog onClose={close} /> });
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const { form, ...state } = useOperationForm({
    operation: 'createManagedAccount',
    initialValues: { name: '' },
    toInput: values => values,
    onDone: () => {
      notify('The account was created.');
      onClose();
    },
  });
  return (
    <FormDialog title="Create managed account" verb="Create managed account" {...state} onClose={onClose}>
      <Text size="sm">
        The account is apart from all others: it has members, keys and a log of its own. Owners and administrators of{' '}
        {me.account.name} act in it as administrators.
      </Text>
      <TextInput
        label="Name"
        required
        placeholder="A customer, a team, a subsidiary"
        maxLength={limits.nameCharsMax}
        data-autofocus
        {...form.getInputProps('name')}
      />
    </FormDialog>
  );
}
