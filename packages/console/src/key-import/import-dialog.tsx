import type { Project } from '@keywright/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { type Look, lookAt } from './look.ts';
import { Preview } from './preview.tsx';
import { Report } from './report.tsx';
import { type Progress, runImport } from './run-import.ts';
import { Running } from './running.tsx';
import type { ImportSource } from './scheme.ts';
import { SourceForm } from './source-form.tsx';

type Step =
  | { at: 'source' }
  | { at: 'preview'; look: Look }
  | { at: 'running'; progress: Progress | undefined }
  | { at: 'report'; progress: Progress | undefined; ended: 'done' | 'stopped' | 'failed'; error: Error | null };

const TITLES: Record<Step['at'], string> = {
  source: 'Import keys',
  preview: 'What will be imported',
  running: 'Importing keys',
  report: 'Import report',
};

interface ImportDialogProps {
  project: Project | undefined;
  onClose: () => void;
}

/**
 * Imports keys in three steps: what, a look at it, and the run with its report. What may hold secrets stands in `source` alone and
 * in the form, which both go with the dialog; React keeps former states for a while.
 */
export function ImportDialog({ project, onClose }: ImportDialogProps) {
  const queries = useQueryClient();
  const source = useRef<ImportSource>(undefined);
  const leaving = useRef(new AbortController());
  const [step, setStep] = useState<Step>({ at: 'source' });
  useEffect(
    () => () => {
      source.current = undefined;
      leaving.current.abort();
    },
    [],
  );
  const look = async (given: ImportSource) => {
    const seen = await lookAt(given);
    source.current = given;
    setStep({ at: 'preview', look: seen });
  };
  const start = async () => {
    if (source.current === undefined) return;
    leaving.current = new AbortController();
    const { signal } = leaving.current;
    let last: Progress | undefined;
    const tell = (progress: Progress) => {
      last = progress;
      if (!signal.aborted) setStep({ at: 'running', progress });
    };
    setStep({ at: 'running', progress: undefined });
    const error = await runImport(source.current, signal, tell).then(() => null, asError);
    const ended = error === null ? 'done' : signal.aborted ? 'stopped' : 'failed';
    setStep({ at: 'report', progress: last, ended, error: ended === 'failed' ? error : null });
    void queries.invalidateQueries();
  };
  const stop = () => leaving.current.abort();
  return (
    <Dialog title={TITLES[step.at]} size="xl" onClose={step.at === 'running' ? stop : onClose}>
      {/* It stays, so that going back loses nothing that was typed. */}
      <div hidden={step.at !== 'source'}>
        <SourceForm project={project} onNext={look} onCancel={onClose} />
      </div>
      {step.at === 'preview' && (
        <Preview look={step.look} onBack={() => setStep({ at: 'source' })} onStart={() => void start()} />
      )}
      {step.at === 'running' && <Running progress={step.progress} onStop={stop} />}
      {step.at === 'report' && <Report {...step} onBack={() => setStep({ at: 'source' })} onClose={onClose} />}
    </Dialog>
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
