import { limits } from '@keywright/core';
import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
}

export function SearchField({ label, value, onChange }: SearchFieldProps) {
  return (
    <TextInput
      type="search"
      className="kw-grow"
      label={label}
      value={value}
      maxLength={limits.searchCharsMax}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={value && <CloseButton size="sm" aria-label="Clear" onClick={() => onChange('')} />}
      onChange={event => onChange(event.currentTarget.value)}
    />
  );
}
