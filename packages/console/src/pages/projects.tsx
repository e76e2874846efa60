import type { Project } from '@keywright/contract';
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { IconFolders } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useList } from '../api/read.ts';
import { dayOf } from '../format.ts';
import { Mark } from '../parts/badges.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Name } from '../parts/name.tsx';
import { Page } from '../parts/page.tsx';
import { PagedTable } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { RowLink } from '../parts/text-link.tsx';
import { useSettled } from '../parts/use-settled.ts';
import { useCreateProject } from '../projects/create-button.tsx';
import { ProjectMenu } from '../projects/project-menu.tsx';
import { RowsStay } from '../receipts/waiting.tsx';

const COLUMNS: readonly Column<Project>[] = [
  { header: 'Name', kind: 'main', cell: project => <ProjectCell project={project} /> },
  { header: 'State', cell: project => <Mark value={project.state} /> },
  { header: 'Access keys', cell: project => project.keys },
  { header: 'Created', cell: project => dayOf(project.createdAt) },
  { header: 'Actions', kind: 'menu', cell: project => <ProjectMenu project={project} /> },
];

const STATES = [
  { value: 'active', label: 'Active' },
  { value: 'archived', label: 'Archived' },
  { value: '', label: 'All states' },
];
export function ProjectsPage() {
  const [typed, setTyped] = useState('');
  const [state, setState] = useState('active');
  const text = useSettled(typed);
  const archived = state === '' ? {} : { archived: state === 'archived' };
  const list = useList('listProjects', { text, ...archived });
  const create = useCreateProject();
  return (
    <Page
      title="Projects"
      about="Parts of the account. Each has an API endpoint and access keys of its own, which work there only."
      actions={
        <Group gap="xs" wrap="nowrap">
          {create.button}
          <ReadMenu of="the projects" operation="listProjects" input={{}} />
        </Group>
      }
    >
      <Stack gap="md">
        <div className="kw-filters">
          <SearchField label="Search" value={typed} onChange={setTyped} />
          <NativeSelect
            label="State"
            data={STATES}
            value={state}
            onChange={event => setState(event.currentTarget.value)}
          />
        </div>
        <RowsStay value={state === ''}>
          <PagedTable
            label="Projects"
            list={list}
            columns={COLUMNS}
            keyOf={project => project.id}
            empty={text === '' && state === 'active' ? <NoProjects action={create.button} /> : <NothingFound />}
          />
        </RowsStay>
      </Stack>
      {create.dialog}
    </Page>
  );
}

function ProjectCell({ project }: { project: Project }) {
  return (
    <>
      <RowLink to="/api-and-keys/$project" params={{ project: project.id }}>
        <Name>{project.name}</Name>
      </RowLink>
      {project.description && (
        <Text size="sm" c="dimmed" lineClamp={1}>
          <Name>{project.description}</Name>
        </Text>
      )}
    </>
  );
}

function NoProjects({ action }: { action: ReactNode }) {
  return (
    <Empty icon={<IconFolders aria-hidden />} title="No projects yet" action={action}>
      Keep the keys of one product, team or environment apart from those of the others: create a project, then add API
      keys that work at its endpoint and nowhere else.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={<IconFolders aria-hidden />} title="No project fits">
      Change the search or the state to see more.
    </Empty>
  );
}
