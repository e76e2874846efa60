import { Stack, Text } from '@mantine/core';
import { Mark } from '../parts/badges.tsx';
import { Facts } from '../parts/facts.tsx';
import type { Followers } from '../verifiers/followers.ts';

type Backend = Followers['backends'][number];

const NAMES: Record<Backend['name'], string> = { sqlite: 'SQLite', postgresql: 'PostgreSQL', redis: 'Redis' };

/** What follows from its being away. */
const DEGRADED: Record<Backend['name'], string> = {
  sqlite: 'Nothing can be changed, and no key be looked up.',
  postgresql:
    'Nothing can be changed. Keys that are remembered are decided about for a while, all others answered with 503.',
  redis: 'Each node enforces its share of the rate limits until it is back.',
};

/** What the node that answers relies on. */
export function Backends({ backends }: { backends: readonly Backend[] }) {
  return (
    <Facts
      rows={backends.map(({ name, state }) => [
        NAMES[name],
        <Stack key={name} gap={4} align="flex-start">
          <Mark value={state} />
          {state === 'away' && <Text size="sm">{DEGRADED[name]}</Text>}
        </Stack>,
      ])}
    />
  );
}
