import type { InputOf, LimitState } from '@keywright/contract';
import { Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { countText, exactTime } from '../format.ts';
import { Ago } from '../parts/ago.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';

const AGAIN_MS = 5000;
/** Of what is filled again so soon, nobody needs to hear. */
const SOON_MS = 10_000;
const OF = { key: '', owner: 'of its owner', account: 'of the account' } as const;

/** How the limits stand that hold for a key, an owner or the account. */
export function LimitStates({ input, own }: { input: InputOf<'getLimits'>; own: LimitState['of'] }) {
  const { data, error } = useQuery({ ...read('getLimits', input), refetchInterval: AGAIN_MS });
  if (data === undefined) return error === null ? <Loading lines={1} /> : <ErrorAlert error={error} />;
  if (data.limits.length === 0)
    return (
      <Text size="sm" c="dimmed">
        None: it may be used as often as anybody likes.
      </Text>
    );
  return (
    <Stack gap="sm">
      {data.limits.map(state => (
        <Bar key={`${state.of} ${state.kind} ${state.name}`} state={state} own={own} />
      ))}
    </Stack>
  );
}

function Bar({ state, own }: { state: LimitState; own: LimitState['of'] }) {
  const { of, kind, name, max, burst, remaining, resetAt } = state;
  const whole = burst ?? max;
  const whose = of === own ? '' : ` ${OF[of]}`;
  const isSoonFull = Date.parse(resetAt) - Date.now() < SOON_MS;
  return (
    <div>
      <Group justify="space-between" gap="0 xs">
        <Text size="sm">
          <b>{name}</b>
          {whose}: {ruleOf(state)}
        </Text>
        <Text size="sm">
          {countText(remaining)} of {countText(whole)} left
        </Text>
      </Group>
      <Progress
        value={(100 * remaining) / whole}
        color={remaining === 0 ? 'red' : undefined}
        aria-label={`${name}${whose}: ${remaining} of ${whole} left`}
      />
      {kind === 'quota' && (
        <Text size="xs" c="dimmed">
          Filled anew <Ago time={resetAt} />, {exactTime(resetAt)}
        </Text>
      )}
      {kind === 'rate' && !isSoonFull && (
        <Text size="xs" c="dimmed">
          All of it again <Ago time={resetAt} />
        </Text>
      )}
    </div>
  );
}

/** `100 in 1 s`, `1,000,000 a month`. */
function ruleOf({ kind, max, seconds }: LimitState): string {
  if (kind === 'rate') return `${countText(max)} in ${countText(seconds)} s`;
  const [, period = 'month'] = PERIODS.find(([most]) => seconds <= most) ?? [];
  return `${countText(max)} a ${period}`;
}

/** The longest that a period is, in seconds: with an hour more where summer time ends. */
const PERIODS = [
  [3600, 'hour'],
  [90_000, 'day'],
  [608_400, 'week'],
] as const;
