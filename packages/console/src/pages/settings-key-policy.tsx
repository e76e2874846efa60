import { NativeSelect, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { readAll } from '../api/read-all.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';
import { PolicyForm } from '../policy/policy-form.tsx';

export function SettingsKeyPolicy() {
  const [project, setProject] = useState<string>();
  const { data: projects = [], isPending } = useQuery(readAll('listProjects', {}));
  return (
    <Section
      title="Key policy"
      about="The rules for new access keys and for changes. Existing keys go on working, but for unused ones where a rule below deactivates them."
      menu={<ReadMenu of="the key policy" operation="getKeyPolicy" input={{ project }} />}
    >
      {projects.length > 0 && (
        <NativeSelect
          label="Rules of"
          description="A project can only tighten the rules of its account."
          maw={720}
          data={[
            { value: '', label: 'The account' },
            ...projects.map(({ id, name }) => ({ value: id, label: `Project ${name}` })),
          ]}
          value={project ?? ''}
          onChange={event => setProject(event.currentTarget.value || undefined)}
        />
      )}
      {isPending ? <Loading /> : <Rules key={project ?? ''} project={project} />}
    </Section>
  );
}

function Rules({ project }: { project: string | undefined }) {
  const { data, error } = useQuery(read('getKeyPolicy', { project }));
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  const own = Object.keys(data.own ?? {}).length;
  return (
    <Stack gap="md">
      {project !== undefined && (
        <Text size="sm" c="dimmed">
          {ownText(own)}
        </Text>
      )}
      <PolicyForm policy={data} project={project} />
    </Stack>
  );
}

function ownText(own: number): string {
  if (own === 0) return 'All rules are those of the account.';
  return `${own} of these rules ${own === 1 ? 'is' : 'are'} tighter than those of the account.`;
}
