import type { Project } from '@keywright/contract';
import { Menu } from '@mantine/core';
import { IconArchive, IconArchiveOff, IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { ConfirmProject, type ProjectStep } from './confirm-project.tsx';
import { EditProject } from './edit-project.tsx';

/** What can be done with one project, and the dialogs for it. */
export function ProjectMenu({ project }: { project: Project }) {
  const [open, setOpen] = useState<ProjectStep | 'edit'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <RowMenu of={project.name}>
        <ProjectItems project={project} onOpen={setOpen} />
        <Menu.Divider />
        <ApiItems operation="getProject" input={{ project: project.id }} />
      </RowMenu>
      {open === 'edit' && <EditProject project={project} onClose={close} />}
      {open !== undefined && open !== 'edit' && <ConfirmProject step={open} project={project} onClose={close} />}
    </>
  );
}

function ProjectItems({ project, onOpen }: { project: Project; onOpen: (dialog: ProjectStep | 'edit') => void }) {
  const reason = whyNotAdministrate(useMe());
  return (
    <>
      <ReasonItem reason={reason} icon={<IconPencil size={16} aria-hidden />} onClick={() => onOpen('edit')}>
        Edit
      </ReasonItem>
      {project.state === 'active' ? (
        <ReasonItem
          reason={reason}
          icon={<IconArchive size={16} aria-hidden />}
          danger
          onClick={() => onOpen('archive')}
        >
          Archive
        </ReasonItem>
      ) : (
        <ReasonItem reason={reason} icon={<IconArchiveOff size={16} aria-hidden />} onClick={() => onOpen('unarchive')}>
          Unarchive
        </ReasonItem>
      )}
    </>
  );
}
