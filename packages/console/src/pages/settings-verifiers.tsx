import { Stack, Text } from '@mantine/core';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';
import { AddVerifier } from '../verifiers/add-verifier.tsx';
import { FollowerTable } from '../verifiers/follower-table.tsx';
import { useFollowers } from '../verifiers/followers.ts';

export function SettingsVerifiers() {
  const { data, error } = useFollowers();
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  const hasVerifiers = data.items.some(({ kind }) => kind === 'verifier');
  return (
    <Stack gap="lg">
      <Section
        title="Nodes and verifiers"
        about="Who decides whether a key may pass: the processes of this server, and verifiers inside applications. All of them hear of every change at once."
        menu={<ReadMenu of="the verifiers" operation="listVerifiers" input={{}} />}
      >
        <ErrorAlert error={error} />
        <FollowerTable followers={data.items} />
      </Section>
      <Section title={hasVerifiers ? 'Add a verifier' : 'No verifiers yet'}>
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
