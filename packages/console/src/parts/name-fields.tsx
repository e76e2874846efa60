import { limits } from '@keywright/core';
import { Textarea, TextInput } from '@mantine/core';
import type { Form } from '../api/change.ts';

export interface NameValues {
  name: string;
  description: string;
}

interface NameFieldsProps {
  form: Pick<Form<NameValues>, 'getInputProps'>;
  disabled?: boolean | undefined;
  placeholder?: string;
}

/** Name and description, as most things have them; the same for creating and editing. */
export function NameFields({ form, disabled, placeholder }: NameFieldsProps) {
  return (
    <>
      <TextInput
        label="Name"
        placeholder={placeholder}
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
    </>
  );
}
