import type { AccessKey } from '@keywright/contract';
import { Group, Stack, Text } from '@mantine/core';
import { textOf } from '../format.ts';
import { Ago } from '../parts/ago.tsx';
import { Mark } from '../parts/badges.tsx';
import { CopyIcon } from '../parts/copy-button.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Name } from '../parts/name.tsx';
import { RowLink } from '../parts/text-link.tsx';
import { ProjectName } from '../projects/project-name.tsx';
import { KeyMenu } from './key-menu.tsx';
import { NoticeMark } from './key-notice.tsx';
import { keyName, usedBy } from './key-text.tsx';
import { KeyToggle } from './key-toggle.tsx';
import { RevokeButton } from './revoke-button.tsx';

function KeyCell({ accessKey, withProject }: { accessKey: AccessKey; withProject: boolean }) {
  const { key, project } = accessKey;
  return (
    <>
      <RowLink to="." search={before => ({ ...before, key })}>
        <Name>{keyName(accessKey)}</Name>
      </RowLink>
      <Group gap={4} wrap="nowrap">
        <span className="kw-key">{key}</span>
        <CopyIcon text={key} what={`Copy key ${key}`} />
      </Group>
      {withProject && project && (
        <Text size="xs" c="dimmed">
          in <ProjectName id={project} />
        </Text>
      )}
    </>
  );
}

function StateCell({ accessKey }: { accessKey: AccessKey }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <KeyToggle accessKey={accessKey} />
      <Stack gap={4} align="flex-start">
        <Mark value={accessKey.state} />
        {accessKey.legacy && <Mark value="legacy" />}
        <NoticeMark notice={accessKey.notice} />
      </Stack>
    </Group>
  );
}

function ActionsCell({ accessKey }: { accessKey: AccessKey }) {
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      <RevokeButton accessKey={accessKey} />
      <KeyMenu accessKey={accessKey} />
    </Group>
  );
}

function LastUsedCell({ used }: { used: AccessKey['lastUsed'] }) {
  if (used === null) {
    return (
      <Text size="sm" c="dimmed">
        Never
      </Text>
    );
  }
  return <Ago time={used.at} more={usedBy(used)} />;
}

const party = (named: AccessKey['owner']) => <Name>{named.name ?? textOf(named.kind)}</Name>;

/** The columns of a list of keys; owner and project are named where keys of several stand together. */
export function keyColumns({ owner, project }: { owner: boolean; project: boolean }): readonly Column<AccessKey>[] {
  return [
    { header: 'Name', kind: 'main', cell: key => <KeyCell accessKey={key} withProject={project} /> },
    { header: 'State', cell: key => <StateCell accessKey={key} /> },
    { header: 'Permission', cell: key => <Mark value={key.permission} /> },
    ...(owner ? [{ header: 'Owner', cell: (key: AccessKey) => party(key.owner) }] : []),
    { header: 'Last used', cell: key => <LastUsedCell used={key.lastUsed} /> },
    { header: 'Creator', cell: key => party(key.creator) },
    { header: 'Created', cell: key => <Ago time={key.createdAt} /> },
    { header: 'Actions', kind: 'menu', cell: key => <ActionsCell accessKey={key} /> },
  ];
}
