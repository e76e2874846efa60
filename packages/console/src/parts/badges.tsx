import { Badge } from '@mantine/core';
import { textOf } from '../format.ts';
import classes from './badges.module.css';

const TONES: Record<string, string> = {
  active: 'good',
  inactive: 'quiet',
  expired: 'bad',
  not_yet_valid: 'soon',
  invited: 'soon',
  idle: 'soon',
  expiring: 'soon',
  read_write: 'wide',
  legacy: 'soon',
  connected: 'good',
  late: 'soon',
  silent: 'bad',
  behind: 'soon',
  up: 'good',
  away: 'bad',
};

/** A state, a role or a permission: always the word, never the colour alone. */
export function Mark({ value }: { value: string }) {
  return (
    <Badge className={classes.mark} data-tone={TONES[value] ?? 'quiet'} tt="none" radius="sm" fw={600}>
      {textOf(value)}
    </Badge>
  );
}
