import { NativeSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useOperationForm } from '../api/change.ts';
import { readAll } from '../api/read-all.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useDialogButton } from '../parts/dialog-button.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { NameFields } from '../parts/name-fields.tsx';

export function useCreateApi() {
  const reason = whyNotAdministrate(useMe());
  return useDialogButton({ verb: 'Create API', reason, dialog: close => <CreateDialog onClose={close} /> });
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const projects = useQuery(readAll('listProjects', { archived: false })).data ?? [];
  const { form, busy, error, submit } = useOperationForm({
    operation: 'createApi',
    initialValues: { name: '', description: '', project: '' },
    toInput: values => ({ ...values, project: values.project || null }),
    onDone: created => {
      onClose();
      // Its endpoints are what one enters next.
      void navigate({ to: '/apis/$api/endpoints', params: { api: created.id } });
    },
  });
  return (
    <Dialog title="Create API" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <NameFields form={form} placeholder="Orders" />
          {projects.length > 0 && (
            <NativeSelect
              label="Project"
              description="Only keys of this project open the API. It can not be changed later."
              data={[{ value: '', label: 'None' }, ...projects.map(({ id, name }) => ({ value: id, label: name }))]}
              {...form.getInputProps('project')}
            />
          )}
          <ErrorAlert error={error} />
          <FormEnd verb="Create API" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
