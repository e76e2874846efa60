import { Mark } from '../parts/badges.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { FollowerName, Heard } from './follower-cells.tsx';
import { type Follower, msText, staleText, stateOf } from './followers.ts';

const UNKNOWN = 'Not told';

type Row = Follower & { state: ReturnType<typeof stateOf> };

const COLUMNS: readonly Column<Row>[] = [
  { header: 'Name', kind: 'main', cell: follower => <FollowerName follower={follower} /> },
  { header: 'State', cell: ({ state }) => <Mark value={state} /> },
  { header: 'Lag', cell: ({ lagMs }) => (lagMs === null ? UNKNOWN : msText(lagMs)) },
  { header: 'Entries', cell: ({ entries }) => entries?.toLocaleString('en') ?? UNKNOWN },
  { header: 'Hit rate', cell: ({ hitRate }) => (hitRate === null ? UNKNOWN : percent(hitRate)) },
  { header: 'Last heard', cell: ({ seenAt }) => <Heard at={seenAt} /> },
  { header: 'When stale', cell: follower => staleText(follower) },
];

/** Rounded down: 100 % is said of nothing that ever asked. */
const percent = (rate: number) => `${Math.floor(rate * 1000) / 10} %`;

/** The verifiers that decide about keys, and how far each has come. `newest` is when any node or verifier was heard last. */
export function VerifierTable({ verifiers, newest }: { verifiers: readonly Follower[]; newest: number }) {
  const rows = verifiers.map(verifier => ({ ...verifier, state: stateOf(verifier, newest) }));
  return <DataTable label="Verifiers" columns={COLUMNS} items={rows} keyOf={({ id }) => id} />;
}
