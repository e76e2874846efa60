import { Textarea, TextInput } from '@mantine/core';
import { useEffect, useRef } from 'react';

/** The rows as they were pasted. `onChange` hears that they are others now. */
export function RowsField({ error, onChange }: { error: string | undefined; onChange: (rows: string) => void }) {
  return (
    <Textarea
      ref={useEmptied<HTMLTextAreaElement>()}
      label="Rows"
      name="rows"
      placeholder={'owner,name,secret\nada@example.com,Old shop,sk_live_…'}
      // It grows not by itself: what measures it for that would keep the text.
      rows={8}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      error={error}
      onChange={event => onChange(event.currentTarget.value)}
    />
  );
}

export function SaltField({ error }: { error: string | undefined }) {
  return (
    <TextInput
      ref={useEmptied<HTMLInputElement>()}
      label="Salt"
      name="salt"
      description="One for all rows, hashed with the secret."
      error={error}
    />
  );
}

/** Empties a field when it goes: browsers hold on to what was taken out of a page, and React to the value of a field. */
function useEmptied<Field extends HTMLInputElement | HTMLTextAreaElement>() {
  const ref = useRef<Field>(null);
  useEffect(() => {
    const field = ref.current;
    return () => {
      if (field) field.value = '';
    };
  }, []);
  return ref;
}
