import { limits } from '@keywright/core';
import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { Form } from '../api/change.ts';
import { choicesOf } from '../format.ts';

export interface ServiceAccountValues {
  name: string;
  description: string;
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
      <TextInput
        label="Name"
        required
        disabled={disabled}
        maxLength={limits.nameCharsMax}
        data-autofocus
        {...form.getInputProps('name')}
      />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        disabled={disabled}
        maxLength={limits.descriptionCharsMax}
        {...form.getInputProps('description')}
      />
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
