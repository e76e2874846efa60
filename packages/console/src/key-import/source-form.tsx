import type { Project } from '@keywright/contract';
import { Code, FileInput, NativeSelect, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { choicesOf } from '../format.ts';
import { OwnerSelect } from '../keys/owner-select.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { Name } from '../parts/name.tsx';
import { firstFields } from './look.ts';
import { guessKept, type ImportSource, type Kept, readScheme, type SchemeErrors } from './scheme.ts';
import { SchemeFields } from './scheme-fields.tsx';
import { RowsField } from './secret-fields.tsx';

interface SourceFormProps {
  project: Project | undefined;
  onNext: (source: ImportSource) => Promise<void>;
  onCancel: () => void;
}

const KINDS = [
  { value: 'file', label: 'File' },
  { value: 'paste', label: 'Paste' },
];

/** What to import and how it was kept. The fields that can hold secrets keep their text themselves: no state of React has it. */
export function SourceForm({ project, onNext, onCancel }: SourceFormProps) {
  const [kind, setKind] = useState('file');
  const [file, setFile] = useState<File | null>(null);
  const [kept, setKept] = useState<Kept>('plain');
  const [owner, setOwner] = useState<string | null>(null);
  const [errors, setErrors] = useState<SchemeErrors & { source?: string }>({});
  const [failure, setFailure] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [isChosen, setIsChosen] = useState(false);
  const guesses = useRef(0);
  /** Only the newest guess counts, and none once the person has chosen. */
  const guess = async (rows: Blob) => {
    if (isChosen) return;
    const own = ++guesses.current;
    // What can not be read is said when the form is sent.
    const guessed = guessKept(await firstFields(rows).catch(() => ({})));
    if (guessed && own === guesses.current) setKept(guessed);
  };
  const choose = (chosen: Kept) => {
    guesses.current++;
    setIsChosen(true);
    setKept(chosen);
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const rows = kind === 'file' ? file : new Blob([String(form.get('rows'))]);
    const { scheme, errors: wrong } = readScheme(kept, form);
    const empty = rows === null || rows.size === 0;
    setErrors({ ...wrong, ...(empty && { source: kind === 'file' ? 'Choose a file.' : 'Paste the rows.' }) });
    if (empty || wrong) return;
    const permission = String(form.get('permission'));
    const defaults = { ...(owner && { owner }), ...(project && { project: project.id }), permission };
    setBusy(true);
    setFailure(null);
    await onNext({ file: rows, kept, scheme, defaults }).catch(setFailure);
    setBusy(false);
  };
  return (
    <form onSubmit={event => void submit(event)} noValidate autoComplete="off">
      <Stack gap="md">
        <About project={project} />
        <SegmentedControl aria-label="Source" data={KINDS} value={kind} onChange={setKind} />
        {kind === 'file' ? (
          <FileInput
            label="File of keys"
            placeholder="keys.csv or keys.jsonl"
            clearable
            clearButtonProps={{ 'aria-label': 'Clear the file' }}
            accept=".csv,.jsonl,.ndjson"
            value={file}
            error={errors.source}
            onChange={chosen => {
              setFile(chosen);
              if (chosen) void guess(chosen);
            }}
          />
        ) : (
          <RowsField error={errors.source} onChange={rows => void guess(new Blob([rows]))} />
        )}
        <SchemeFields kept={kept} errors={errors} onKept={choose} />
        <DefaultFields owner={owner} onOwner={setOwner} />
        <ErrorAlert error={failure} />
        <FormEnd verb="Show the preview" busy={busy} onCancel={onCancel} />
      </Stack>
    </form>
  );
}

/** What holds for rows that say nothing themselves. */
function DefaultFields({ owner, onOwner }: { owner: string | null; onOwner: (owner: string | null) => void }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <OwnerSelect
        label="Owner"
        description="Of rows that name none."
        placeholder="Each row names its own"
        clearable
        value={owner}
        onChange={onOwner}
      />
      <NativeSelect
        label="Permission"
        name="permission"
        description="Of rows that name none."
        data={choicesOf(['read_write', 'read_only'])}
      />
    </SimpleGrid>
  );
}

function About({ project }: { project: Project | undefined }) {
  return (
    <Text size="sm">
      Keys of another system go on working as they are, marked as legacy. This server verifies them, itself and for
      gateways; verifiers inside applications can not, and answer that they are malformed. Give CSV with a line of
      names, or JSON lines: each row has <Code>owner</Code> (id or e-mail address) and <Code>secret</Code> or{' '}
      <Code>hash</Code>; and where known <Code>id</Code>, <Code>salt</Code>, <Code>name</Code>, <Code>description</Code>
      , <Code>permission</Code>, <Code>project</Code>, <Code>expiresAt</Code>, <Code>createdAt</Code>, <Code>tags</Code>
      , <Code>enabled</Code>.
      {project && (
        <>
          {' '}
          Rows that name no project belong to <Name>{project.name}</Name>.
        </>
      )}
    </Text>
  );
}
