import { NativeSelect, TextInput } from '@mantine/core';
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
