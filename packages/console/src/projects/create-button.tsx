import { Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { ProjectFields, type ProjectValues } from './project-fields.tsx';

export function CreateProjectButton() {
  const [open, setOpen] = useState(false);
  const reason = whyNotAdministrate(useMe());
  return (
    <>
      <ReasonButton reason={reason} leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Create project
      </ReasonButton>
      {open && <CreateDialog onClose={() => setOpen(false)} />}
    </>
  );
}

const NEW: ProjectValues = { name: '', description: '' };

function CreateDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { form, busy, error, submit } = useOperationForm({
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
    <Dialog title="Create project" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <ProjectFields form={form} />
          <ErrorAlert error={error} />
          <FormEnd verb="Create project" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
