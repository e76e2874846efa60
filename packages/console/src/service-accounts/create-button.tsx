import { useNavigate } from '@tanstack/react-router';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { useDialogButton } from '../parts/dialog-button.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { ServiceAccountFields, type ServiceAccountValues } from './service-account-fields.tsx';

export function useCreateServiceAccount() {
  const reason = whyNotAdministrate(useMe());
  return useDialogButton({ verb: 'Create service account', reason, dialog: close => <CreateDialog onClose={close} /> });
}

const NEW: ServiceAccountValues = { name: '', description: '', role: 'member' };

function CreateDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { form, ...state } = useOperationForm({
    operation: 'createServiceAccount',
    initialValues: NEW,
    toInput: values => values,
    onDone: created => {
      onClose();
      // Its keys are what one makes next.
      void navigate({ to: '/service-accounts/$serviceAccount/access-keys', params: { serviceAccount: created.id } });
    },
  });
  return (
    <FormDialog title="Create service account" verb="Create service account" {...state} onClose={onClose}>
      <ServiceAccountFields form={form} />
    </FormDialog>
  );
}
