import type { KeyPolicy } from '@keywright/core';
import { Group, NativeSelect, TextInput } from '@mantine/core';
import { type Expiry, lifetimeChoices } from './key-values.ts';

interface ExpiryFieldProps {
  policy: KeyPolicy;
  isNew: boolean;
  value: Expiry;
  onChange: (value: Expiry) => void;
  error?: string | undefined;
}

export function ExpiryField({ policy, isNew, value, onChange, error }: ExpiryFieldProps) {
  const onDate = value.choice === 'date';
  return (
    <Group align="flex-start" grow>
      <NativeSelect
        label="Expires"
        data={lifetimeChoices(policy, isNew)}
        value={value.choice}
        data-path={onDate ? undefined : 'expiresAt'}
        error={onDate ? undefined : error}
        onChange={event => onChange({ ...value, choice: event.currentTarget.value })}
      />
      {onDate && (
        <TextInput
          type="date"
          label="Expiry date"
          description="It works up to the end of this day."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={value.date}
          data-path="expiresAt"
          error={error}
          onChange={event => onChange({ ...value, date: event.currentTarget.value })}
        />
      )}
    </Group>
  );
}
