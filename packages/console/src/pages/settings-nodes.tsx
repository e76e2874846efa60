import { Stack } from '@mantine/core';
import { Backends } from '../nodes/backends.tsx';
import { MoreNodes } from '../nodes/more-nodes.tsx';
import { NodeTable } from '../nodes/node-table.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';
import { useFollowers } from '../verifiers/followers.ts';

export function SettingsNodes() {
  const { data, error } = useFollowers();
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  const { items, backends, sequence } = data;
  const isAlone = items.filter(({ kind }) => kind === 'node').length === 1;
  return (
    <Stack gap="lg">
      <ErrorAlert error={error} />
      <Section
        title="Nodes"
        about={`The processes of this server. Each decides about keys by what it remembers, and hears of every change: the last one has the number ${sequence.toLocaleString('en')}.`}
        menu={<ReadMenu of="the nodes" operation="listVerifiers" input={{}} />}
      >
        <NodeTable followers={data} />
      </Section>
      <Section title="What they rely on" about="As the node sees it that answers you.">
        <Backends backends={backends} />
      </Section>
      {isAlone && (
        <Section title="More than one node">
          <MoreNodes isOnSqlite={backends.some(({ name }) => name === 'sqlite')} />
        </Section>
      )}
    </Stack>
  );
}
