import { type KeyPolicy, limits } from '@keywright/core';
import { Button, Collapse, Stack, Textarea, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { Form } from '../api/change.ts';
import { LimitFields } from '../limits/limit-fields.tsx';
import { PermissionField } from '../permissions/permission-field.tsx';
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
      <PermissionField
        policy={policy}
        permission={form.values.permission}
        grants={form.values.grants}
        errors={form.errors}
        onPermission={permission => form.setFieldValue('permission', permission)}
        onGrants={change => form.setFieldValue('grants', change)}
      />
      <Restrictions form={form} policy={policy} isNew={isNew} />
    </Stack>
  );
}

const RESTRICTIONS = ['expiresAt', 'notBefore', 'networks', 'tags', 'rateLimits', 'quotas'] as const;

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
          <LimitFields
            values={form.values}
            errors={form.errors}
            onRates={rateLimits => form.setFieldValue('rateLimits', rateLimits)}
            onQuotas={quotas => form.setFieldValue('quotas', quotas)}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
