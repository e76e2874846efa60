import { Text, Tooltip } from '@mantine/core';
import { exactTime } from '../format.ts';
import { Mark } from '../parts/badges.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Name } from '../parts/name.tsx';
import { type Follower, followerName, heardText, msText, staleText, stateOf } from './followers.ts';

const UNKNOWN = 'Not told';

type Row = Follower & { state: ReturnType<typeof stateOf> };

const COLUMNS: readonly Column<Row>[] = [
  { header: 'Name', kind: 'main', cell: follower => <NameCell follower={follower} /> },
  { header: 'Kind', cell: ({ kind }) => (kind === 'node' ? 'Node' : 'Verifier') },
  { header: 'State', cell: ({ state }) => <Mark value={state} /> },
  { header: 'Lag', cell: ({ lagMs, kind }) => (lagMs === null ? missing(kind) : msText(lagMs)) },
  { header: 'Entries', cell: ({ entries }) => entries?.toLocaleString('en') ?? UNKNOWN },
  { header: 'Hit rate', cell: ({ hitRate, kind }) => (hitRate === null ? missing(kind) : percent(hitRate)) },
  { header: 'Last heard', cell: ({ seenAt }) => <Heard at={seenAt} /> },
  { header: 'When stale', cell: follower => staleText(follower) },
];

/** Nodes are the server itself: these figures are of who is away from it. */
const missing = (kind: Follower['kind']) => (kind === 'node' ? '–' : UNKNOWN);

/** Rounded down: 100 % is said of nothing that ever asked. */
const percent = (rate: number) => `${Math.floor(rate * 1000) / 10} %`;

/** Who decides about keys, and how far each has come. */
export function FollowerTable({ followers }: { followers: readonly Follower[] }) {
  // The node that answers is always among them, so this is the server's time: that of the browser may differ.
  const newest = Math.max(...followers.map(({ seenAt }) => Date.parse(seenAt)));
  const rows = followers.map(follower => ({ ...follower, state: stateOf(follower, newest) }));
  return <DataTable label="Nodes and verifiers" columns={COLUMNS} items={rows} keyOf={({ id }) => id} />;
}

function NameCell({ follower }: { follower: Follower }) {
  return (
    <>
      <Text size="sm" fw={600}>
        <Name>{followerName(follower)}</Name>
      </Text>
      <Text size="xs" c="dimmed">
        {follower.version === null ? 'Version not told' : `Version ${follower.version}`}
      </Text>
    </>
  );
}

function Heard({ at }: { at: string }) {
  return (
    <Tooltip label={exactTime(at)}>
      <time dateTime={at}>{heardText(at)}</time>
    </Tooltip>
  );
}
