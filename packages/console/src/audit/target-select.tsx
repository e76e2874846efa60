import { Select } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { keyName } from '../keys/key-text.tsx';
import { useSettled } from '../parts/use-settled.ts';

interface TargetSelectProps {
  /** The id of the target, as the audit log keeps it. */
  value: string | undefined;
  onChange: (target: string | undefined) => void;
}

interface Choice {
  value: string;
  label: string;
}

const ALL: Choice = { value: 'all', label: 'Everything' };
const ID = /^(kw[a-z2-7]{18}|[a-z]{3}_\w{1,60})$/i;

/** Chooses what events are about: by name among what there is, or by an id, also that of what was deleted. */
export function TargetSelect({ value, onChange }: TargetSelectProps) {
  const [last, setLast] = useState<Choice>(ALL);
  // A link on the page can choose another one.
  const shown = value ?? ALL.value;
  const chosen = [ALL, last].find(choice => choice.value === shown) ?? { value: shown, label: shown };
  const [typed, setTyped] = useState('');
  const text = typed === chosen.label ? '' : typed.trim();
  // The chosen one stands first and keeps its label: Mantine puts another one into the field, over what is typed there.
  const first = chosen === ALL ? [ALL] : [ALL, chosen];
  const groups = useTargets(text)
    .map(({ group, items }) => ({ group, items: items.filter(({ value }) => value !== chosen.value) }))
    .filter(({ items }) => items.length > 0);
  const isListed = (id: string) =>
    [...first, ...groups.flatMap(({ items }) => items)].some(({ value }) => value === id);
  // Keys are compared without case.
  const id = /^kw/i.test(text) ? text.toUpperCase() : text;
  const byId = ID.test(id) && !isListed(id) ? [{ group: 'By id', items: [{ value: id, label: id }] }] : [];
  return (
    <Select
      label="Target"
      className="kw-grow"
      value={shown}
      onChange={(target, option) => {
        setLast(option ?? ALL);
        onChange(target === ALL.value || target === null ? undefined : target);
      }}
      searchable
      selectFirstOptionOnChange
      allowDeselect={false}
      comboboxProps={{ portalProps: { target: '#floating' }, width: '20rem', position: 'bottom-start' }}
      withScrollArea={false}
      styles={{ options: { maxHeight: '18rem', overflowY: 'auto' }, option: { overflowWrap: 'anywhere' } }}
      nothingFoundMessage="Nothing has this name. What was deleted is found by its id."
      onSearchChange={setTyped}
      // The server has searched already.
      filter={({ options }) => options}
      data={[...first, ...groups, ...byId]}
    />
  );
}

const SHOWN = 6;

function useTargets(typed: string): { group: string; items: Choice[] }[] {
  const input = { text: useSettled(typed), limit: SHOWN };
  const options = { placeholderData: keepPreviousData };
  const keys = useQuery({ ...read('listAccessKeys', input), ...options }).data?.items ?? [];
  const members = useQuery({ ...read('listMembers', input), ...options }).data?.items ?? [];
  const services = useQuery({ ...read('listServiceAccounts', input), ...options }).data?.items ?? [];
  const projects = useQuery({ ...read('listProjects', input), ...options }).data?.items ?? [];
  const apis = useQuery({ ...read('listApis', input), ...options }).data?.items ?? [];
  return [
    { group: 'Access keys', items: keys.map(one => ({ value: one.key, label: `${keyName(one)} (${one.key})` })) },
    { group: 'Members', items: members.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })) },
    { group: 'Service accounts', items: services.map(named) },
    { group: 'Projects', items: projects.map(named) },
    { group: 'APIs', items: apis.map(named) },
  ];
}

const named = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name });
