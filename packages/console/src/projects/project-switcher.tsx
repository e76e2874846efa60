import type { Project } from '@keywright/contract';
import { Select } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { useSettled } from '../parts/use-settled.ts';

const ALL = 'all';
const ALL_LABEL = 'All projects';
const SHOWN = 20;

interface ProjectSwitcherProps {
  /** Without one, all projects. */
  project?: Project | undefined;
  /** The project is still on its way: its name will stand in the field. */
  isPending?: boolean;
}

/** Goes from project to project; the server searches, so that many projects work too. */
export function ProjectSwitcher({ project, isPending = false }: ProjectSwitcherProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const current = project?.name ?? ALL_LABEL;
  const text = useSettled(typed === current ? '' : typed);
  const found = useQuery({
    ...read('listProjects', { text, archived: false, limit: SHOWN }),
    placeholderData: keepPreviousData,
  });
  const others = (found.data?.items ?? []).filter(({ id }) => id !== project?.id);
  const choices = [...(project ? [project] : []), ...others].map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Select
      label="Project"
      w="min(18rem, 100%)"
      value={project?.id ?? ALL}
      disabled={isPending}
      data={[{ value: ALL, label: ALL_LABEL }, ...choices]}
      searchable
      allowDeselect={false}
      comboboxProps={{ portalProps: { target: '#floating' } }}
      withScrollArea={false}
      styles={{ options: { maxHeight: '18rem', overflowY: 'auto' } }}
      nothingFoundMessage="No project found"
      onSearchChange={setTyped}
      // The server has searched already.
      filter={({ options }) => options}
      onChange={chosen => {
        if (chosen === ALL) void navigate({ to: '/api-and-keys' });
        else if (chosen !== null) void navigate({ to: '/api-and-keys/$project', params: { project: chosen } });
      }}
    />
  );
}
