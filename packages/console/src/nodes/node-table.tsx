import { counted } from '../format.ts';
import { Ago } from '../parts/ago.tsx';
import { Mark } from '../parts/badges.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { FollowerName, Heard } from '../verifiers/follower-cells.tsx';
import { type Follower, type Followers, msText, newestOf, stateOf } from '../verifiers/followers.ts';

interface Row extends Follower {
  state: ReturnType<typeof stateOf>;
  /** Changes that it has not read yet. */
  missing: number;
  isAnswering: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    header: 'Name',
    kind: 'main',
    cell: node => <FollowerName follower={node} more={node.isAnswering && ' · answers you'} />,
  },
  { header: 'State', cell: ({ state }) => <Mark value={state} /> },
  { header: 'Started', cell: ({ connectedAt }) => <Ago time={connectedAt} /> },
  { header: 'Behind by', cell: ({ missing }) => (missing === 0 ? 'Nothing' : counted(missing, 'change')) },
  { header: 'Read changes', cell: ({ lagMs }) => (lagMs === null ? 'Not told' : `${msText(lagMs)} ago`) },
  { header: 'Remembers', cell: ({ entries }) => (entries === null ? 'Not told' : counted(entries, 'key')) },
  { header: 'Last heard', cell: ({ seenAt }) => <Heard at={seenAt} /> },
];

/** The processes of the server, and how far each has come. */
export function NodeTable({ followers: { items, sequence, node } }: { followers: Followers }) {
  const newest = newestOf(items);
  const nodes = items.filter(({ kind }) => kind === 'node');
  // Another node may have read on already.
  const last = Math.max(sequence, ...nodes.map(one => one.sequence));
  const rows = nodes.map(one => ({
    ...one,
    state: stateOf(one, newest),
    missing: last - one.sequence,
    isAnswering: one.id === node,
  }));
  return <DataTable label="Nodes" columns={COLUMNS} items={rows} keyOf={({ id }) => id} />;
}
