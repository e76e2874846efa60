import { limits } from '@keywright/core';
import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useRef } from 'react';

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
}

export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const clear = () => {
    onChange('');
    // The button goes, and would take the focus along.
    input.current?.focus();
  };
  return (
    <TextInput
      ref={input}
      type="search"
      className="kw-grow"
      label={label}
      value={value}
      maxLength={limits.searchCharsMax}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={value && <CloseButton size="sm" aria-label="Clear" onClick={clear} />}
      onChange={event => onChange(event.currentTarget.value)}
    />
  );
}
