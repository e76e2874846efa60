import type { OutputOf } from '@keywright/contract';
import type { KeyPolicy } from '@keywright/core';
import { Stack, Text } from '@mantine/core';
import { useOperationForm } from '../api/change.ts';
import { useMe } from '../me.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { Name } from '../parts/name.tsx';
import { KeyFields } from './key-fields.tsx';
import { createInput, type KeyValues, newKeyValues } from './key-values.ts';
import { OwnerSelect } from './owner-select.tsx';

export interface Owner {
  id: string;
  name: string | null;
}

interface CreateKeyProps {
  /** For whom; without one, the person chooses, beginning with themselves. */
  owner: Owner | undefined;
  /** The project to which the key will belong; without one it belongs to the whole account. */
  project?: { id: string; name: string } | undefined;
  /** What the form begins with. */
  preset?: Partial<KeyValues> | undefined;
  policy: KeyPolicy;
  onCreated: (created: OutputOf<'createAccessKey'>) => void;
  onClose: () => void;
}

export function CreateKey({ owner, project, preset, policy, onCreated, onClose }: CreateKeyProps) {
  const me = useMe();
  const { form, busy, error, submit } = useOperationForm({
    operation: 'createAccessKey',
    initialValues: { ...newKeyValues(owner?.id ?? (me.isMember ? me.member : ''), policy), ...preset },
    toInput: values => ({ ...createInput(values, Date.now()), project: project?.id ?? null }),
    onDone: onCreated,
  });
  return (
    <Dialog title="Create access key" size="xl" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {owner === undefined && <OwnerSelect label="Owner" {...form.getInputProps('owner')} />}
          {owner !== undefined && owner.id !== me.member && (
            <Text size="sm">
              The key will belong to{' '}
              <b>
                <Name>{owner.name}</Name>
              </b>
              . Hand the secret over yourself.
            </Text>
          )}
          {project !== undefined && (
            <Text size="sm">
              The key will work in the project{' '}
              <b>
                <Name>{project.name}</Name>
              </b>{' '}
              only.
            </Text>
          )}
          <KeyFields form={form} policy={policy} isNew />
          <ErrorAlert error={error} />
          <FormEnd verb="Create access key" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
