import type { ImportDifference } from '@keywright/contract';
import { Alert, Checkbox, List, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { counted } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { MethodMark } from '../permissions/method-mark.tsx';
import { Lines } from './difference-lines.tsx';

export interface Agreed {
  removeGranted: boolean;
  widen: boolean;
}

interface DifferenceViewProps {
  difference: ImportDifference;
  agreed: Agreed;
  onAgree: (agreed: Agreed) => void;
}

/** What an import would do: endpoints added, changed and removed, and which keys that touches. */
export function DifferenceView({ difference, agreed, onAgree }: DifferenceViewProps) {
  const { added, changed, removed, widened, skipped, keys } = difference;
  return (
    <Stack gap="md">
      <Summary difference={difference} />
      <Lines title="Added" about="No restricted key has them before you give them." lines={added} keyOf={one => one.id}>
        {one => <MethodMark {...one} />}
      </Lines>
      <Lines title="Changed" lines={changed} keyOf={one => one.id}>
        {one => (
          <>
            <MethodMark {...one} /> <Dimmed>{one.fields.join(', ')}</Dimmed>
          </>
        )}
      </Lines>
      <Lines title="Removed" lines={removed} keyOf={one => one.id}>
        {one => <MethodMark {...one} />}
      </Lines>
      <Lines title="Left out" about="These can not be matched safely." lines={skipped} keyOf={one => one.path}>
        {one => (
          <>
            <span className="kw-key">{one.path}</span> <Dimmed>{one.why}</Dimmed>
          </>
        )}
      </Lines>
      {keys.count > 0 && (
        <Touched
          title={`${counted(keys.count, 'access key')} lose${keys.count === 1 ? 's' : ''} endpoints`}
          label="Take what is removed out of their grants"
          checked={agreed.removeGranted}
          onChange={removeGranted => onAgree({ ...agreed, removeGranted })}
        >
          {keys.items.map(one => (
            <List.Item key={one.key}>
              <Name>{one.name ?? 'Unnamed key'}</Name> <span className="kw-key">{one.key}</span>:{' '}
              {counted(one.endpoints, 'endpoint')}
            </List.Item>
          ))}
        </Touched>
      )}
      {widened.count > 0 && (
        <Touched
          title="Some keys could call more than now"
          label="Let these keys call more"
          checked={agreed.widen}
          onChange={widen => onAgree({ ...agreed, widen })}
        >
          {widened.items.map(one => (
            <List.Item key={one.endpoint + one.why}>
              <span className="kw-key">{one.endpoint}</span> {one.why}
            </List.Item>
          ))}
        </Touched>
      )}
    </Stack>
  );
}

function Summary({ difference }: { difference: ImportDifference }) {
  const { title, version, endpoints, basePath, added, changed, removed } = difference;
  const isSame = added.count + changed.count + removed.count === 0;
  return (
    <Text size="sm" role="status">
      <b>
        <Name>{[title ?? 'The document', version].filter(Boolean).join(' ')}</Name>
      </b>
      {basePath && (
        <>
          {' '}
          below <span className="kw-key">{basePath}</span>
        </>
      )}
      {isSame
        ? ': nothing changes.'
        : `: ${added.count} added, ${changed.count} changed, ${removed.count} removed; ${counted(endpoints, 'endpoint')} afterwards.`}
    </Text>
  );
}

interface TouchedProps {
  title: string;
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}

/** What must be agreed to, because keys can do less or more afterwards. */
function Touched({ title, label, checked, onChange, children }: TouchedProps) {
  return (
    <Alert color="yellow" title={title}>
      <List size="sm" mb="xs">
        {children}
      </List>
      <Checkbox label={label} checked={checked} onChange={event => onChange(event.currentTarget.checked)} />
    </Alert>
  );
}

function Dimmed({ children }: { children: ReactNode }) {
  return (
    <Text component="span" size="sm" c="dimmed">
      {children}
    </Text>
  );
}
