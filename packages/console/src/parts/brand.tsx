import { Group, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import classes from './brand.module.css';

/** The wordmark. */
export function Brand() {
  return (
    <Group gap={8} wrap="nowrap">
      <span className={classes.mark}>
        <IconKey size={18} stroke={2} aria-hidden />
      </span>
      <Text component="span" className={classes.word}>
        Keywright
      </Text>
    </Group>
  );
}
