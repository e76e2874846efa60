import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { OwnerSelect } from '../keys/owner-select.tsx';
import { ACTIONS, actionText } from '../parts/event-text.ts';
import type { EventSearch } from './event-search.ts';

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
      <TargetField key={search.target} target={search.target} onChange={target => onChange({ target })} />
      <TextInput
        type="date"
        label="From"
        value={search.from ?? ''}
        onChange={event => onChange({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label="Until"
        value={search.until ?? ''}
        onChange={event => onChange({ until: event.currentTarget.value || undefined })}
      />
    </div>
  );
}

const SETTLED_MS = 400;
const ID = /^\w{1,64}$/;

function TargetField({
  target,
  onChange,
}: {
  target: string | undefined;
  onChange: (target: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(target ?? '');
  const isId = typed === '' || ID.test(typed);
  const settle = useDebouncedCallback((id: string) => onChange(id || undefined), SETTLED_MS);
  return (
    <TextInput
      label="Target"
      className="kw-grow"
      placeholder="Id of a key, a member…"
      value={typed}
      error={isId ? undefined : 'An id has only letters, digits and _.'}
      onChange={event => {
        const id = event.currentTarget.value.trim();
        setTyped(id);
        if (id === '' || ID.test(id)) settle(id);
      }}
    />
  );
}
