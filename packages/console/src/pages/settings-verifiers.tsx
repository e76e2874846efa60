import { Stack, Text } from '@mantine/core';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';
import { AddVerifier } from '../verifiers/add-verifier.tsx';
import { newestOf, useFollowers } from '../verifiers/followers.ts';
import { VerifierTable } from '../verifiers/verifier-table.tsx';

export function SettingsVerifiers() {
  const { data, error } = useFollowers();
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  const verifiers = data.items.filter(({ kind }) => kind === 'verifier');
  const hasVerifiers = verifiers.length > 0;
  const menu = <ReadMenu of="the verifiers" operation="listVerifiers" input={{}} />;
  return (
    <Stack gap="lg">
      <ErrorAlert error={error} />
      {hasVerifiers && (
        <Section
          title="Verifiers"
          about="Inside applications they decide whether a key may pass, as the nodes of this server do. All of them hear of every change at once."
          menu={menu}
        >
          <VerifierTable verifiers={verifiers} newest={newestOf(data.items)} />
        </Section>
      )}
      <Section title={hasVerifiers ? 'Add a verifier' : 'No verifiers yet'} {...(!hasVerifiers && { menu })}>
        {!hasVerifiers && (
          <Text size="sm">
            A verifier decides inside your application, in microseconds and without a request to this server. When you
            deactivate a key, you see here and in the dialog that it refuses that key.
          </Text>
        )}
        <AddVerifier />
      </Section>
    </Stack>
  );
}
