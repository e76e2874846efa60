import type { Api } from '@keywright/contract';
import type { Grants } from '@keywright/core';
import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { readAll } from '../api/read-all.ts';
import { choicesOf, counted } from '../format.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { TextLink } from '../parts/text-link.tsx';
import { EndpointChooser } from './endpoint-chooser.tsx';
import { API_CHOICES, type ApiChoice, choiceOf, grantOf, withChoice, withEndpoints } from './grants.ts';
import classes from './permissions.module.css';

interface ApiGrantsProps {
  grants: Grants;
  error?: ReactNode;
  onChange: (change: (grants: Grants) => Grants) => void;
}

/** From so many APIs on there is a search, and only so many are shown at once. */
const SEARCHED_FROM = 8;
const SHOWN = 30;

/** What a restricted key may do at each API: nothing, until somebody says so. */
export function ApiGrants({ grants, error, onChange }: ApiGrantsProps) {
  const apis = useQuery(readAll('listApis', {}));
  const [text, setText] = useState('');
  const [first] = useState(() => new Set(Object.keys(grants)));
  if (apis.data === undefined) return apis.error === null ? <Loading lines={2} /> : <ErrorAlert error={apis.error} />;
  const fitting = apis.data
    .filter(api => api.name.toLowerCase().includes(text.trim().toLowerCase()))
    // What the key has already stands first; choosing moves nothing under the hand.
    .sort((a, b) => Number(first.has(b.id)) - Number(first.has(a.id)));
  return (
    <fieldset className={classes.apis} data-path="grants" tabIndex={-1} aria-label="Permission at each API">
      {apis.data.length >= SEARCHED_FROM && <SearchField label="Search APIs" value={text} onChange={setText} />}
      <Stack gap={0}>
        {fitting.slice(0, SHOWN).map(api => (
          <ApiGrant key={api.id} api={api} grants={grants} onChange={onChange} />
        ))}
      </Stack>
      {fitting.length > SHOWN && (
        <Text size="sm" c="dimmed">
          {counted(fitting.length - SHOWN, 'more API')}: search for what you need.
        </Text>
      )}
      {apis.data.every(api => api.builtIn) && <NoApis />}
      {error && (
        <Text size="sm" c="error" role="alert">
          {error}
        </Text>
      )}
    </fieldset>
  );
}

interface ApiGrantProps extends Omit<ApiGrantsProps, 'error'> {
  api: Api;
}

function ApiGrant({ api, grants, onChange }: ApiGrantProps) {
  const grant = grantOf(grants, api.id);
  const choice = choiceOf(grant);
  return (
    <div className={classes.api}>
      <div className={classes.apiHead}>
        <Text size="sm" fw={600} component="span">
          <Name>{api.name}</Name>
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={`Permission at ${api.name}`}
          data={choicesOf(API_CHOICES)}
          value={choice}
          // Only the values of the choices come back.
          onChange={value => onChange(before => withChoice(before, api.id, value as ApiChoice))}
        />
      </div>
      {typeof grant === 'object' && (
        <EndpointChooser
          api={api}
          chosen={grant}
          onChange={endpoints => onChange(before => withEndpoints(before, api.id, endpoints))}
        />
      )}
    </div>
  );
}

function NoApis() {
  return (
    <Text size="sm" c="dimmed">
      Keywright itself is the only API so far. To restrict keys at an API of your own, enter it on the page{' '}
      <TextLink to="/apis" size="sm" underline="always">
        APIs
      </TextLink>
      .
    </Text>
  );
}
