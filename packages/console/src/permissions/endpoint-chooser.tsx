import type { Api } from '@keywright/contract';
import { Alert, Checkbox, NativeSelect, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { readAll } from '../api/read-all.ts';
import { counted } from '../format.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { SearchField } from '../parts/search-field.tsx';
import {
  type ChoosableEndpoint,
  type EndpointFilter,
  fitting,
  goneFrom,
  groupsOf,
  methodsOf,
  NO_FILTER,
} from './endpoint.ts';
import { EndpointGroupRow } from './endpoint-group.tsx';
import { toggled } from './grants.ts';
import classes from './permissions.module.css';
import { TriCheckbox } from './tri-checkbox.tsx';

interface ChooserProps {
  api: Pick<Api, 'id' | 'name'>;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Chooses endpoints of one API: by group, by search, by method. */
export function EndpointChooser({ api, ...props }: ChooserProps) {
  const endpoints = useQuery(readAll('listEndpoints', { api: api.id }));
  if (endpoints.data === undefined) {
    return endpoints.error === null ? <Loading lines={2} /> : <ErrorAlert error={endpoints.error} />;
  }
  return <Chooser name={api.name} endpoints={endpoints.data} {...props} />;
}

interface LoadedProps extends Omit<ChooserProps, 'api'> {
  name: string;
  endpoints: readonly ChoosableEndpoint[];
}

function Chooser({ name, endpoints, chosen, onChange }: LoadedProps) {
  const [filter, setFilter] = useState<EndpointFilter>(NO_FILTER);
  // Typing stays fluid while a thousand endpoints are looked through.
  const settled = useDeferredValue(filter);
  const groups = useMemo(() => groupsOf(endpoints), [endpoints]);
  const chosenIds = useMemo(() => new Set(chosen), [chosen]);
  const shown = useMemo(() => fitting(groups, settled, chosenIds), [groups, settled, chosenIds]);
  const all = shown.flatMap(group => group.endpoints);
  const isFiltered = settled !== NO_FILTER && (settled.text !== '' || settled.method !== '' || settled.chosenOnly);
  const toggle = (ids: readonly string[], on: boolean) => onChange(toggled(chosen, ids, on));
  if (endpoints.length === 0 && chosen.length === 0) return <NoEndpoints />;
  return (
    <div className={classes.chooser}>
      <EndpointFilters name={name} endpoints={endpoints} filter={filter} onChange={setFilter} />
      <Gone ids={goneFrom(endpoints, chosen)} onRemove={ids => toggle(ids, false)} />
      {isFiltered && all.length > 0 && (
        <TriCheckbox
          label={`All that fit (${all.length})`}
          endpoints={all}
          chosen={chosenIds}
          onToggle={on =>
            toggle(
              all.map(one => one.id),
              on,
            )
          }
        />
      )}
      <ul className={classes.groups} aria-label={`Endpoints of ${name}`}>
        {shown.map(group => (
          <EndpointGroupRow
            key={group.tag}
            group={group}
            chosen={chosenIds}
            // Few enough to see at once.
            initiallyOpen={groups.length === 1}
            forcedOpen={isFiltered && all.length <= OPENED_MAX}
            onToggle={toggle}
          />
        ))}
      </ul>
      <Text size="sm" c="dimmed" role="status">
        {all.length === 0 ? 'No endpoint fits. ' : ''}
        {`${chosen.length} of ${counted(endpoints.length, 'endpoint')} chosen.`}
      </Text>
    </div>
  );
}

/** When no more than so many fit a search, their groups open by themselves. */
const OPENED_MAX = 60;

interface FiltersProps {
  name: string;
  endpoints: readonly ChoosableEndpoint[];
  filter: EndpointFilter;
  onChange: (filter: EndpointFilter) => void;
}

function EndpointFilters({ name, endpoints, filter, onChange }: FiltersProps) {
  const methods = methodsOf(endpoints);
  return (
    <div className="kw-filters">
      <SearchField
        label={`Search endpoints of ${name}`}
        value={filter.text}
        onChange={text => onChange({ ...filter, text })}
      />
      <NativeSelect
        label="Method"
        data={[{ value: '', label: 'All methods' }, ...methods]}
        value={filter.method}
        onChange={event => onChange({ ...filter, method: event.currentTarget.value })}
      />
      <Checkbox
        className={classes.chosenOnly}
        label="Only chosen"
        checked={filter.chosenOnly}
        onChange={event => onChange({ ...filter, chosenOnly: event.currentTarget.checked })}
      />
    </div>
  );
}

/** A grant is never dropped silently: what the API no longer has is shown until somebody takes it away. */
function Gone({ ids, onRemove }: { ids: readonly string[]; onRemove: (ids: readonly string[]) => void }) {
  if (ids.length === 0) return null;
  return (
    <Alert
      color="yellow"
      p="xs"
      title="Not in the API any more"
      onClose={() => onRemove(ids)}
      withCloseButton
      closeButtonLabel="Take them away"
    >
      {ids.join(', ')}. They give nothing as long as the API does not have them.
    </Alert>
  );
}

function NoEndpoints() {
  return (
    <Text size="sm" c="dimmed">
      This API has no endpoints yet. Add them or import its OpenAPI document on the page APIs, or give the key Read only
      or Read/Write on the whole API.
    </Text>
  );
}
