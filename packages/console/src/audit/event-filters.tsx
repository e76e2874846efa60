import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { OwnerSelect } from '../keys/owner-select.tsx';
import { ACTIONS, actionText } from '../parts/event-text.ts';
import type { EventSearch } from './event-search.ts';
import { TargetSelect } from './target-select.tsx';

interface EventFiltersProps {
  search: EventSearch;
  onChange: (changed: EventSearch) => void;
}

const CHOICES = [
  { value: '', label: 'All actions' },
  ...ACTIONS.map(action => ({ value: action, label: actionText(action) })),
];

export function EventFilters({ search, onChange }: EventFiltersProps) {
  return (
    <div className="kw-filters">
      <NativeSelect
        label="Action"
        className="kw-grow"
        data={CHOICES}
        value={search.action ?? ''}
        onChange={event => onChange({ action: event.currentTarget.value || undefined })}
      />
      <OwnerSelect
        label="Actor"
        className="kw-grow"
        placeholder="Everybody"
        clearable
        value={search.actor}
        onChange={actor => onChange({ actor: actor ?? undefined })}
      />
      <TargetSelect value={search.target} onChange={target => onChange({ target })} />
      <DayInput label="From" value={search.from} onChange={from => onChange({ from })} />
      <DayInput label="Until" value={search.until} onChange={until => onChange({ until })} />
    </div>
  );
}

interface DayInputProps {
  label: string;
  value: string | undefined;
  onChange: (day: string | undefined) => void;
}

function DayInput({ label, value, onChange }: DayInputProps) {
  // The address follows a moment later: a field set back until then forgets the digits of a year that is being typed.
  const [typed, setTyped] = useState<string>();
  return (
    <TextInput
      type="date"
      label={label}
      value={typed ?? value ?? ''}
      onChange={event => {
        setTyped(event.currentTarget.value);
        onChange(event.currentTarget.value || undefined);
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
