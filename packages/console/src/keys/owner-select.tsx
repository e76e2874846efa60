import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { useMe } from '../me.ts';

interface OwnerSelectProps {
  label: string;
  description?: string;
  className?: string;
  placeholder?: string;
  value?: string | null;
  onChange: (owner: string | null) => void;
  error?: string;
  clearable?: boolean;
}

/** Chooses a member or a service account; the server searches, so that large accounts work too. */
export function OwnerSelect({ clearable = false, value, onChange, ...props }: OwnerSelectProps) {
  const me = useMe();
  // Who acts from another account has no keys here.
  const myself = me.isMember ? [{ value: me.member, label: `${me.name} (you)` }] : [];
  const [last, setLast] = useState<{ value: string; label: string }>();
  // A link can name somebody who was not chosen here, or who is not there any more: then the id stands for the name.
  const chosen =
    [...myself, last].find(option => option?.value === value) ?? (value ? { value, label: value } : undefined);
  const [typed, setTyped] = useState('');
  const owners = useOwners(typed === chosen?.label ? '' : typed);
  const others = owners.members.filter(option => option.value !== me.member && option.value !== chosen?.value);
  const services = owners.services.filter(option => option.value !== chosen?.value);
  const first = chosen === undefined || chosen.value === me.member ? myself : [chosen, ...myself];
  return (
    <Select
      {...props}
      value={value ?? null}
      onChange={(owner, option) => {
        setLast(option ?? undefined);
        onChange(owner);
      }}
      searchable
      clearable={clearable}
      // Mantine hides it from the keyboard and from assistive technology, who have no other way to clear the field.
      clearButtonProps={{ 'aria-label': `Clear ${props.label}`, 'aria-hidden': false, tabIndex: 0 }}
      allowDeselect={false}
      comboboxProps={{ portalProps: { target: '#floating' } }}
      withScrollArea={false}
      styles={{ options: { maxHeight: '18rem', overflowY: 'auto' } }}
      nothingFoundMessage="Nobody found"
      onSearchChange={setTyped}
      // The server has searched already.
      filter={({ options }) => options}
      data={[...first, { group: 'Members', items: others }, { group: 'Service accounts', items: services }]}
    />
  );
}

const SHOWN = 20;
const SETTLED_MS = 250;

function useOwners(typed: string) {
  const [text] = useDebouncedValue(typed, SETTLED_MS);
  const options = { placeholderData: keepPreviousData };
  const members = useQuery({ ...read('listMembers', { text, limit: SHOWN }), ...options }).data?.items ?? [];
  const services = useQuery({ ...read('listServiceAccounts', { text, limit: SHOWN }), ...options }).data?.items ?? [];
  return {
    members: members.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
    services: services.map(({ id, name }) => ({ value: id, label: name })),
  };
}
