import { limits } from '@keywright/core';
import { Textarea, TextInput } from '@mantine/core';
import type { Form } from '../api/change.ts';

export interface ProjectValues {
  name: string;
  description: string;
}

/** The fields of a project, the same for creating and editing. */
export function ProjectFields({ form }: { form: Form<ProjectValues> }) {
  return (
    <>
      <TextInput label="Name" required maxLength={limits.nameCharsMax} data-autofocus {...form.getInputProps('name')} />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        maxLength={limits.descriptionCharsMax}
        {...form.getInputProps('description')}
      />
    </>
  );
}
