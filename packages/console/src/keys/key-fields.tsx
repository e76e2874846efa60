import { type KeyPolicy, limits } from '@keywright/core';
import { Alert, Button, Collapse, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { Form } from '../api/change.ts';
import { ExpiryField } from './expiry-field.tsx';
import type { KeyValues } from './key-values.ts';

interface KeyFieldsProps {
  form: Form<KeyValues>;
  policy: KeyPolicy;
  isNew: boolean;
}

/** The fields of a key, the same for creating and editing. */
export function KeyFields({ form, policy, isNew }: KeyFieldsProps) {
  return (
    <Stack gap="md">
      <TextInput
        label="Name"
        description={policy.nameRequired ? 'What the key is for. The key policy asks for it.' : 'What the key is for.'}
        placeholder="nightly backup"
        maxLength={limits.nameCharsMax}
        data-autofocus
        {...form.getInputProps('name')}
      />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        maxLength={limits.descriptionCharsMax}
        {...form.getInputProps('description')}
      />
      <PermissionField {...form.getInputProps('permission')} />
      <Restrictions form={form} policy={policy} isNew={isNew} />
    </Stack>
  );
}

function PermissionField(props: { value?: string; onChange: (value: string) => void; error?: string }) {
  return (
    <Stack gap="xs">
      <Radio.Group label="Permission" {...props}>
        <Stack gap="xs" mt="xs">
          <Radio value="read_write" label="Read/Write" description="Everything that its owner may do." />
          <Radio value="read_only" label="Read only" description="Only what changes nothing." />
        </Stack>
      </Radio.Group>
      {props.value === 'read_write' && (
        <Alert color="yellow" p="xs" icon={<IconAlertTriangle size={18} aria-hidden />}>
          Whoever gets hold of a Read/Write key can change everything that its owner can. Choose Read only if the key
          only fetches data.
        </Alert>
      )}
    </Stack>
  );
}

const RESTRICTIONS = ['expiresAt', 'notBefore', 'networks', 'tags'] as const;

function Restrictions({ form, policy, isNew }: KeyFieldsProps) {
  const [wanted, setWanted] = useState(!isNew);
  const id = useId();
  // A field with an error must be seen.
  const open = wanted || RESTRICTIONS.some(field => form.errors[field] !== undefined);
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        px={4}
        leftSection={open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setWanted(!open)}
      >
        Restrictions
      </Button>
      <Collapse expanded={open} id={id} transitionDuration={0} keepMountedMode="display-none">
        <Stack gap="md" pt="xs">
          <ExpiryField
            policy={policy}
            isNew={isNew}
            {...form.getInputProps('expiresAt')}
            value={form.values.expiresAt}
          />
          <TextInput
            type="datetime-local"
            label="Not before"
            description="From when on it works; empty for at once."
            {...form.getInputProps('notBefore')}
          />
          <Textarea
            label="Allowed networks"
            description="Addresses or networks from which it may be used, one a line; empty for all."
            placeholder="192.0.2.0/24"
            autosize
            minRows={1}
            {...form.getInputProps('networks')}
          />
          <TextInput
            label="Tags"
            description="Words to find it by, between commas."
            placeholder="production, backup"
            {...form.getInputProps('tags')}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
