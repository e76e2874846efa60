import type { Project } from '@keywright/contract';
import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { read } from '../api/read.ts';
import { ImportButton } from '../key-import/import-button.tsx';
import { KeyList } from '../keys/key-list.tsx';
import { seesKeysOf, useMe } from '../me.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Name } from '../parts/name.tsx';
import { Page } from '../parts/page.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { ReferenceLinks } from '../parts/reference-links.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';
import { CopyRow } from '../parts/shown-once.tsx';
import { TextLink } from '../parts/text-link.tsx';
import { ProjectMenu } from '../projects/project-menu.tsx';
import { ProjectSwitcher } from '../projects/project-switcher.tsx';

const TITLE = 'API & Keys';

/** *API & Keys* of the whole account: every key that the person answers for. */
export function AccountKeysPage() {
  return (
    <Page
      title={TITLE}
      about="Where access keys work, and which there are: of the whole account, whatever project they belong to."
      actions={
        <Actions>
          <ProjectSwitcher />
          <ImportButton project={undefined} />
        </Actions>
      }
    >
      <Section
        title="The account's API"
        menu={<ReadMenu of="the list of access keys" operation="listAccessKeys" input={{}} />}
      >
        <CopyRow label="API endpoint" text={`${location.origin}/v1`} />
        <Text size="sm" c="dimmed">
          Keys that belong to a project work at the endpoint of that project only: choose it above, or see{' '}
          <TextLink to="/projects" underline="always">
            all projects
          </TextLink>
          .
        </Text>
        <ReferenceLinks />
      </Section>
      <Keys />
    </Page>
  );
}

/** *API & Keys* of one project: its endpoint and its keys. */
export function ProjectKeysPage() {
  const { project } = useParams({ from: '/app/api-and-keys/$project' });
  const { data, error, isPending } = useQuery(read('getProject', { project }));
  return (
    <Page
      key={project}
      title={TITLE}
      about="Where the access keys of the project work, and which there are."
      actions={
        <Actions>
          <ProjectSwitcher project={data} isPending={isPending} />
          <ImportButton project={data} />
        </Actions>
      }
    >
      {data === undefined && (error === null ? <Loading /> : <ErrorAlert error={error} />)}
      {data && (
        <Stack gap="lg">
          <ProjectApi project={data} />
          <Keys project={data} />
        </Stack>
      )}
    </Page>
  );
}

function Actions({ children }: { children: ReactNode }) {
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      {children}
    </Group>
  );
}

function ProjectApi({ project }: { project: Project }) {
  return (
    <Section title={<Name>{project.name}</Name>} about={project.description} menu={<ProjectMenu project={project} />}>
      {project.state === 'archived' && (
        <Alert color="yellow">The project is archived: none of its keys works until it is unarchived.</Alert>
      )}
      <CopyRow label="API endpoint" text={project.endpoint} />
      <Text size="sm" c="dimmed">
        Opened in a browser, it asks for username and password: the access key and its secret.
      </Text>
    </Section>
  );
}

/** Administrators see the keys of everybody, all others their own. */
function Keys({ project }: { project?: Project }) {
  const me = useMe();
  const owner = seesKeysOf(me, 'everybody') ? undefined : { id: me.member, name: me.name };
  return <KeyList owner={owner} project={project} verb="Add API key" />;
}
