import type { AccessKey } from '@keywright/contract';
import { Group, Text } from '@mantine/core';
import { textOf } from '../format.ts';
import { Ago } from '../parts/ago.tsx';
import { Mark } from '../parts/badges.tsx';
import { CopyIcon } from '../parts/copy-button.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Name } from '../parts/name.tsx';
import { RowLink } from '../parts/text-link.tsx';
import { KeyMenu } from './key-menu.tsx';
import { keyName, usedBy } from './key-text.tsx';

function KeyCell({ accessKey }: { accessKey: AccessKey }) {
  const { key } = accessKey;
  return (
    <>
      <RowLink to="." search={before => ({ ...before, key })}>
        <Name>{keyName(accessKey)}</Name>
      </RowLink>
      <Group gap={4} wrap="nowrap">
        <span className="kw-key">{key}</span>
        <CopyIcon text={key} what={`Copy key ${key}`} />
      </Group>
    </>
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

const OWNER: Column<AccessKey> = { header: 'Owner', cell: key => party(key.owner) };

const COLUMNS: readonly Column<AccessKey>[] = [
  { header: 'Name', kind: 'main', cell: key => <KeyCell accessKey={key} /> },
  { header: 'State', cell: key => <Mark value={key.state} /> },
  { header: 'Permission', cell: key => <Mark value={key.permission} /> },
  { header: 'Last used', cell: key => <LastUsedCell used={key.lastUsed} /> },
  { header: 'Creator', cell: key => party(key.creator) },
  { header: 'Created', cell: key => <Ago time={key.createdAt} /> },
  { header: 'Actions', kind: 'menu', cell: key => <KeyMenu accessKey={key} /> },
];

/** The columns of a list of keys; the owner is one where keys of several owners stand together. */
export const keyColumns = (withOwner: boolean) =>
  withOwner ? [...COLUMNS.slice(0, 3), OWNER, ...COLUMNS.slice(3)] : COLUMNS;
