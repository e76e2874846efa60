import type { InputOf } from '@keywright/contract';
import { FileInput, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { Dispatch, SetStateAction } from 'react';

/** Where the document comes from. */
export interface Source {
  kind: 'file' | 'paste' | 'url';
  /** The document and the files to which it refers. */
  files: File[];
  /** Their texts by name; the document is the first. */
  texts: Record<string, string>;
  pasted: string;
  url: string;
  basePath: string;
}

export const EMPTY_SOURCE: Source = { kind: 'file', files: [], texts: {}, pasted: '', url: '', basePath: '' };

const KINDS = [
  { value: 'file', label: 'File' },
  { value: 'paste', label: 'Paste' },
  { value: 'url', label: 'Address' },
];

/** The source as the operation takes it. */
export function sourceInput(source: Source): Omit<InputOf<'importApi'>, 'api'> {
  const basePath = source.basePath === '' ? {} : { basePath: source.basePath };
  if (source.kind === 'url') return { ...basePath, url: source.url.trim() };
  if (source.kind === 'paste') return { ...basePath, document: source.pasted };
  const [main, ...others] = source.files.map(({ name }) => name);
  const files = Object.fromEntries(others.map(name => [name, source.texts[name] ?? '']));
  return { ...basePath, document: source.texts[main ?? ''] ?? '', ...(others.length > 0 ? { files } : {}) };
}

interface ImportSourceProps {
  source: Source;
  onChange: Dispatch<SetStateAction<Source>>;
}

export function ImportSource({ source, onChange }: ImportSourceProps) {
  const take = async (files: File[]) => {
    const texts = await Promise.all(files.map(async file => [file.name, await file.text()] as const));
    // What was typed while the files were read stays.
    onChange(before => ({ ...before, files, texts: Object.fromEntries(texts) }));
  };
  return (
    <Stack gap="md">
      <Text size="sm">OpenAPI 3.0 or 3.1, as JSON or YAML. Nothing changes before you have seen the difference.</Text>
      <SegmentedControl
        aria-label="Source"
        data={KINDS}
        value={source.kind}
        // Only the values of the choices come back.
        onChange={kind => onChange({ ...source, kind: kind as Source['kind'] })}
      />
      {source.kind === 'file' && (
        <FileInput
          label="Document"
          description="Files to which it refers can be chosen with it: the document first."
          placeholder="openapi.yaml"
          multiple
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the files' }}
          accept=".json,.yaml,.yml,application/json,application/yaml"
          value={source.files}
          onChange={files => void take(files)}
        />
      )}
      {source.kind === 'paste' && (
        <Textarea
          label="Document"
          placeholder={'openapi: 3.1.0\npaths: …'}
          autosize
          minRows={8}
          maxRows={16}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={source.pasted}
          onChange={event => onChange({ ...source, pasted: event.currentTarget.value })}
        />
      )}
      {source.kind === 'url' && (
        <TextInput
          type="url"
          label="Address of the document"
          description="The server gets it from there. Addresses of internal networks are refused."
          placeholder="https://api.example.com/openapi.json"
          value={source.url}
          onChange={event => onChange({ ...source, url: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="Base path"
        description="What stands before the paths; empty for what the document says."
        placeholder="/v2"
        value={source.basePath}
        onChange={event => onChange({ ...source, basePath: event.currentTarget.value })}
      />
    </Stack>
  );
}
