import type { OutputOf } from '@keywright/contract';
import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { read } from '../api/read.ts';
import { exactTime, textOf } from '../format.ts';
import { KeyLimits } from '../limits/key-limits.tsx';
import { Mark } from '../parts/badges.tsx';
import { CopyIcon } from '../parts/copy-button.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Facts } from '../parts/facts.tsx';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { PermissionSection } from '../permissions/permission-section.tsx';
import { ProjectName } from '../projects/project-name.tsx';
import { KeyEvents } from './key-events.tsx';
import { KeyMenu } from './key-menu.tsx';
import { NoticeAlert } from './key-notice.tsx';
import { keyName, usedBy } from './key-text.tsx';
import { LegacyNote } from './legacy-note.tsx';
import { UseChart } from './use-chart.tsx';

type Detail = OutputOf<'getAccessKey'>;

/** Everything about one key, over whatever page or panel it was opened from. */
export function KeyPanel({ id }: { id: string }) {
  const navigate = useNavigate();
  const { data, error } = useQuery(read('getAccessKey', { key: id }));
  const close = () => void navigate({ to: '.', search: before => ({ ...before, key: undefined }) });
  return (
    <Panel
      over
      title={data ? <Name>{keyName(data)}</Name> : 'Access key'}
      menu={data && <KeyMenu accessKey={data} onDeleted={close} />}
      onClose={close}
    >
      {data === undefined && (error === null ? <Loading /> : <ErrorAlert error={error} />)}
      {data && <KeyDetail detail={data} />}
    </Panel>
  );
}

function KeyDetail({ detail }: { detail: Detail }) {
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <Mark value={detail.state} />
        <Mark value={detail.permission} />
        {detail.legacy && <Mark value="legacy" />}
      </Group>
      {detail.legacy && <LegacyNote accessKey={detail} />}
      <NoticeAlert accessKey={detail} />
      {detail.description && (
        <Text size="sm" className="kw-name" style={{ whiteSpace: 'pre-wrap' }}>
          {detail.description}
        </Text>
      )}
      <PermissionSection accessKey={detail} />
      <Facts rows={factsOf(detail)} />
      <KeyLimits accessKey={detail} />
      <section>
        <Title order={3} size="h5" mb="xs">
          Use in the last 30 days
        </Title>
        <UseChart usedDays={detail.usedDays} />
      </section>
      <section>
        <Title order={3} size="h5" mb="xs">
          Events
        </Title>
        <KeyEvents accessKey={detail} />
      </section>
    </Stack>
  );
}

function factsOf(detail: Detail): (readonly [string, React.ReactNode])[] {
  const party = (named: Detail['owner']) => `${named.name ?? named.id} (${textOf(named.kind).toLowerCase()})`;
  const listed = (words: string[], none: string) => (words.length === 0 ? none : words.join(', '));
  const used = detail.lastUsed;
  return [
    [
      'Key',
      <Group key="key" gap={4} wrap="nowrap">
        <span className="kw-key">{detail.key}</span>
        <CopyIcon text={detail.key} what={`Copy key ${detail.key}`} />
      </Group>,
    ],
    ['Owner', party(detail.owner)],
    ['Project', detail.project ? <ProjectName key="project" id={detail.project} /> : 'None: the whole account'],
    ['Creator', party(detail.creator)],
    ['Created', exactTime(detail.createdAt)],
    ['Last used', used ? `${exactTime(used.at)} ${usedBy(used)}` : 'Never'],
    ['Not before', detail.notBefore ? exactTime(detail.notBefore) : 'At once'],
    ['Expires', detail.expiresAt ? exactTime(detail.expiresAt) : 'Never'],
    ['Allowed networks', listed(detail.networks, 'All')],
    ['Tags', listed(detail.tags, 'None')],
  ];
}
