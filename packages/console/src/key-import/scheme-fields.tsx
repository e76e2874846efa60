import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { KEPT, type Kept, type SchemeErrors } from './scheme.ts';
import { SaltField } from './secret-fields.tsx';

interface SchemeFieldsProps {
  kept: Kept;
  errors: SchemeErrors;
  onKept: (kept: Kept) => void;
}

const PLACES = [
  { value: 'before', label: 'Before the secret' },
  { value: 'after', label: 'After the secret' },
];

/** How the other system has kept its keys: what `legacyScheme` of the contract asks for. */
export function SchemeFields({ kept, errors, onKept }: SchemeFieldsProps) {
  const isSalted = kept === 'sha256' || kept === 'sha512';
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <NativeSelect
        label="Kept as"
        description="What stands in the rows."
        data={KEPT}
        value={kept}
        onChange={event => {
          const choice = KEPT.find(({ value }) => value === event.currentTarget.value);
          if (choice) onKept(choice.value);
        }}
      />
      {kept !== 'plain' && (
        <TextInput
          label="Prefix"
          name="prefix"
          description="Stands before the secret in use, but was not hashed."
          placeholder="sk_live_"
          error={errors.prefix}
        />
      )}
      {isSalted && (
        <>
          <SaltField error={errors.salt} />
          <NativeSelect
            label="Place of the salt"
            name="saltAt"
            description="Also of salts in the rows."
            data={PLACES}
          />
        </>
      )}
      {kept !== 'plain' && (
        <TextInput
          label="Separator"
          name="separator"
          description={
            isSalted ? 'Parts id and secret, where rows have salts.' : 'Parts id and secret: each row needs an id.'
          }
          placeholder="."
          maxLength={1}
          error={errors.separator}
        />
      )}
    </SimpleGrid>
  );
}
