import type { Project } from '@keywright/contract';
import { useOperationForm } from '../api/change.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { NameFields, type NameValues } from '../parts/name-fields.tsx';
import { notify } from '../parts/notify.ts';

export function EditProject({ project, onClose }: { project: Project; onClose: () => void }) {
  const initialValues: NameValues = { name: project.name, description: project.description ?? '' };
  const { form, ...state } = useOperationForm({
    operation: 'updateProject',
    initialValues,
    toInput: values => ({ ...values, project: project.id }),
    onDone: () => {
      notify('The project was changed.');
      onClose();
    },
  });
  return (
    <FormDialog title="Edit project" verb="Save" {...state} onClose={onClose}>
      <NameFields form={form} />
    </FormDialog>
  );
}
