import type { Project } from '@keywright/contract';
import { IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ReasonButton } from '../parts/reason.tsx';
import { ImportDialog } from './import-dialog.tsx';

/** *Import keys*: brings in the keys of another system, into the project if there is one. */
export function ImportButton({ project }: { project: Project | undefined }) {
  const [open, setOpen] = useState(false);
  const archived = project?.state === 'archived' ? 'The project is archived. Unarchive it first.' : undefined;
  const reason = whyNotAdministrate(useMe(), 'keys:import') ?? archived;
  return (
    <>
      <ReasonButton
        variant="default"
        flex="none"
        reason={reason}
        leftSection={<IconUpload size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Import keys
      </ReasonButton>
      {open && <ImportDialog project={project} onClose={() => setOpen(false)} />}
    </>
  );
}
