import type { InputOf, KEY_SORTS } from '@keywright/contract';
import { KEY_STATES } from '@keywright/core';
import { NativeSelect } from '@mantine/core';
import { choicesOf } from '../format.ts';
import { SearchField } from '../parts/search-field.tsx';
import { OwnerSelect } from './owner-select.tsx';

export interface Filters {
  text: string;
  state: InputOf<'listAccessKeys'>['state'];
  sort: (typeof KEY_SORTS)[number];
  owner: string | null;
}

export const NO_FILTERS: Filters = { text: '', state: undefined, sort: '-createdAt', owner: null };

const SORTS: { value: Filters['sort']; label: string }[] = [
  { value: '-createdAt', label: 'Newest first' },
  { value: 'createdAt', label: 'Oldest first' },
  { value: 'name', label: 'Name, A to Z' },
  { value: '-name', label: 'Name, Z to A' },
  { value: '-lastUsed', label: 'Recently used' },
  { value: 'lastUsed', label: 'Longest unused' },
];

interface KeyFiltersProps {
  filters: Filters;
  withOwner: boolean;
  onChange: (filters: Filters) => void;
}

export function KeyFilters({ filters, withOwner, onChange }: KeyFiltersProps) {
  return (
    <>
      <SearchField label="Search" value={filters.text} onChange={text => onChange({ ...filters, text })} />
      {withOwner && (
        <OwnerSelect
          label="Owner"
          className="kw-grow"
          placeholder="Everybody"
          clearable
          value={filters.owner}
          onChange={owner => onChange({ ...filters, owner })}
        />
      )}
      <NativeSelect
        label="State"
        data={[{ value: '', label: 'All states' }, ...choicesOf(KEY_STATES)]}
        value={filters.state ?? ''}
        onChange={event =>
          onChange({ ...filters, state: KEY_STATES.find(state => state === event.currentTarget.value) })
        }
      />
      <NativeSelect
        label="Sort"
        data={SORTS}
        value={filters.sort}
        onChange={event => {
          const sort = SORTS.find(choice => choice.value === event.currentTarget.value);
          if (sort) onChange({ ...filters, sort: sort.value });
        }}
      />
    </>
  );
}
