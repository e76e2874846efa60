import type { Project } from '@keywright/contract';
import { Text } from '@mantine/core';
import { counted } from '../format.ts';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Name } from '../parts/name.tsx';

const STEPS = {
  archive: {
    operation: 'archiveProject',
    everywhere: 'Refused',
    stays: true,
    title: 'Archive project',
    verb: 'Archive',
    danger: true,
    effect: (keys: string) => `is put away, and its ${keys} stop working at once. You can unarchive it again.`,
    done: 'The project was archived.',
  },
  unarchive: {
    operation: 'unarchiveProject',
    title: 'Unarchive project',
    verb: 'Unarchive',
    danger: false,
    effect: (keys: string) => `comes back, and its ${keys} work again, but for those that are inactive or expired.`,
    done: 'The project was unarchived.',
  },
} as const;

export type ProjectStep = keyof typeof STEPS;

interface ConfirmProjectProps {
  step: ProjectStep;
  project: Project;
  onClose: () => void;
}

/** Asks before a project is archived or comes back, and says how many access keys go with it. */
export function ConfirmProject({ step, project, onClose }: ConfirmProjectProps) {
  return (
    <ConfirmStep step={STEPS[step]} input={{ project: project.id }} onClose={onClose}>
      <Text size="sm">
        <b>
          <Name>{project.name}</Name>
        </b>{' '}
        {STEPS[step].effect(counted(project.keys, 'access key'))}
      </Text>
    </ConfirmStep>
  );
}
