import { useNavigate } from '@tanstack/react-router';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { useDialogButton } from '../parts/dialog-button.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { NameFields, type NameValues } from '../parts/name-fields.tsx';

export function useCreateProject() {
  const reason = whyNotAdministrate(useMe());
  return useDialogButton({ verb: 'Create project', reason, dialog: close => <CreateDialog onClose={close} /> });
}

const NEW: NameValues = { name: '', description: '' };

function CreateDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { form, ...state } = useOperationForm({
    operation: 'createProject',
    initialValues: NEW,
    toInput: values => values,
    onDone: created => {
      onClose();
      // Its keys are what one makes next.
      void navigate({ to: '/api-and-keys/$project', params: { project: created.id } });
    },
  });
  return (
    <FormDialog title="Create project" verb="Create project" {...state} onClose={onClose}>
      <NameFields form={form} />
    </FormDialog>
  );
}
