import { Code, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { actingAccount, readAnswer } from '../api/client.ts';
import { curlOf } from '../parts/curl.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Page } from '../parts/page.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { Section } from '../parts/section.tsx';
import { CopyRow } from '../parts/shown-once.tsx';

/** Whether it is a path of the API: nothing else is fetched, whoever wrote the address. */
export const isApiPath = (path: string) => /^\/v1([/?]|$)/.test(path);

/** An answer of the API in the account in which one acts: the address of the API itself can not name that account. */
export function InApiPage() {
  const { path } = useSearch({ from: '/app/in-api' });
  const { data, error } = useQuery({
    queryKey: ['answer', path],
    queryFn: ({ signal }) => readAnswer(path, signal),
  });
  return (
    <Page title="View in API" about="What the API answers in the account in which you act.">
      <Section title="Request">
        <Code className="kw-name">GET {path}</Code>
        <CopyRow label="In a terminal" text={curlOf({ method: 'GET', path, account: actingAccount() ?? null })} />
      </Section>
      <Section title="Answer">
        {data === undefined && error === null && <Loading />}
        <ErrorAlert error={error} />
        {data && (
          <>
            <Text size="sm">Status {data.status}</Text>
            <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {readable(data.body)}
            </Code>
          </>
        )}
      </Section>
    </Page>
  );
}

function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body; // such as the page of a proxy between
  }
}
