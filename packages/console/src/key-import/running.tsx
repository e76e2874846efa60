import { Progress as Bar, Button, Group, Text } from '@mantine/core';
import { resultText } from './result-text.ts';
import type { Progress } from './run-import.ts';
import { Step } from './step.tsx';

/** How far the import is. */
export function Running({ progress, onStop }: { progress: Progress | undefined; onStop: () => void }) {
  const percent = Math.round((progress?.share ?? 0) * 100);
  return (
    <Step>
      <Text size="sm" role="status">
        {progress ? `${percent} %: ${resultText(progress.result)}.` : 'The first rows are under way…'}
      </Text>
      <Bar.Root bg="var(--kw-border)">
        <Bar.Section value={percent} aria-label="Imported" />
      </Bar.Root>
      <Group justify="flex-end">
        <Button variant="default" onClick={onStop}>
          Stop
        </Button>
      </Group>
    </Step>
  );
}
