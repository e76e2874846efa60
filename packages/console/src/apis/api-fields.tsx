import { limits } from '@keywright/core';
import { Textarea, TextInput } from '@mantine/core';
import type { Form } from '../api/change.ts';

export interface ApiValues {
  name: string;
  description: string;
}

interface ApiFieldsProps {
  form: Pick<Form<ApiValues>, 'getInputProps'>;
  disabled?: boolean;
}

/** The fields of an API, the same for creating and editing. */
export function ApiFields({ form, disabled }: ApiFieldsProps) {
  return (
    <>
      <TextInput
        label="Name"
        placeholder="Orders"
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
