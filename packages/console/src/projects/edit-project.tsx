import type { Project } from '@keywright/contract';
import { Stack } from '@mantine/core';
import { useOperationForm } from '../api/change.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { notify } from '../parts/notify.ts';
import { ProjectFields, type ProjectValues } from './project-fields.tsx';

export function EditProject({ project, onClose }: { project: Project; onClose: () => void }) {
  const initialValues: ProjectValues = { name: project.name, description: project.description ?? '' };
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateProject',
    initialValues,
    toInput: values => ({ ...values, project: project.id }),
    onDone: () => {
      notify('The project was changed.');
      onClose();
    },
  });
  return (
    <Dialog title="Edit project" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <ProjectFields form={form} />
          <ErrorAlert error={error} />
          <FormEnd verb="Save" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
