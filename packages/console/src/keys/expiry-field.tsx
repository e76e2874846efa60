import type { KeyPolicy } from '@keywright/core';
import { Group, NativeSelect, TextInput } from '@mantine/core';
import { dateAfter, type Expiry, lifetimeChoices } from './key-values.ts';

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
        onChange={event => onChange(chosen(event.currentTarget.value, value))}
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

const SUGGESTED_DAYS = 30;

/** Choosing a date begins with one that makes sense. */
function chosen(choice: string, before: Expiry): Expiry {
  return choice === 'date' && before.date === ''
    ? { choice, date: dateAfter(SUGGESTED_DAYS, Date.now()) }
    : { ...before, choice };
}
