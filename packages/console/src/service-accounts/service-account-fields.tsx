import { NativeSelect } from '@mantine/core';
import type { Form } from '../api/change.ts';
import { choicesOf } from '../format.ts';
import { NameFields, type NameValues } from '../parts/name-fields.tsx';

export interface ServiceAccountValues extends NameValues {
  role: 'admin' | 'member' | 'viewer';
}

const ROLES = ['admin', 'member', 'viewer'] as const;
const ABOUT: Record<ServiceAccountValues['role'], string> = {
  admin: 'Its keys may administrate the account.',
  member: 'Its keys may read, and change what is its own.',
  viewer: 'Its keys may only read.',
};

/** The fields of a service account, the same for creating and editing. */
export function ServiceAccountFields({ form, disabled }: { form: Form<ServiceAccountValues>; disabled?: boolean }) {
  return (
    <>
      <NameFields form={form} disabled={disabled} />
      <NativeSelect
        label="Role"
        description={ABOUT[form.values.role]}
        disabled={disabled}
        data={choicesOf(ROLES)}
        {...form.getInputProps('role')}
      />
    </>
  );
}
