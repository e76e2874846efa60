import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Name } from '../parts/name.tsx';
import { type ChoosableEndpoint, chosenState, type EndpointGroup } from './endpoint.ts';
import { MethodMark } from './method-mark.tsx';
import classes from './permissions.module.css';
import { TriCheckbox } from './tri-checkbox.tsx';

interface EndpointGroupRowProps {
  group: EndpointGroup;
  chosen: ReadonlySet<string>;
  initiallyOpen: boolean;
  forcedOpen: boolean;
  onToggle: (ids: readonly string[], on: boolean) => void;
}

/** A group of endpoints with one box for all of them. Its endpoints are drawn only while it is open, so that a thousand cost nothing. */
export function EndpointGroupRow({ group, chosen, initiallyOpen, forcedOpen, onToggle }: EndpointGroupRowProps) {
  const [wanted, setWanted] = useState<boolean>();
  const id = useId();
  const open = wanted ?? (initiallyOpen || forcedOpen);
  const { count } = chosenState(group.endpoints, chosen);
  return (
    <li className={classes.group}>
      <div className={classes.groupHead}>
        <TriCheckbox
          label={`All of ${group.tag}`}
          labelHidden
          endpoints={group.endpoints}
          chosen={chosen}
          onToggle={on =>
            onToggle(
              group.endpoints.map(endpoint => endpoint.id),
              on,
            )
          }
        />
        <button
          type="button"
          className={classes.opener}
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={() => setWanted(!open)}
        >
          {open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          <Name>{group.tag}</Name>
          <span className={classes.count}>{`${count} of ${group.endpoints.length}`}</span>
        </button>
      </div>
      {open && (
        <ul id={id} className={classes.endpoints} aria-label={group.tag}>
          {group.endpoints.map(endpoint => (
            <EndpointRow
              key={endpoint.id}
              endpoint={endpoint}
              checked={chosen.has(endpoint.id)}
              onToggle={on => onToggle([endpoint.id], on)}
            />
          ))}
        </ul>
      )}
    </li>
  );
}

interface EndpointRowProps {
  endpoint: ChoosableEndpoint;
  checked: boolean;
  onToggle: (on: boolean) => void;
}

function EndpointRow({ endpoint, checked, onToggle }: EndpointRowProps) {
  const { summary } = endpoint;
  return (
    <li className={classes.endpoint}>
      <label className={classes.choice}>
        <input type="checkbox" checked={checked} onChange={event => onToggle(event.currentTarget.checked)} />
        <span>
          <MethodMark {...endpoint} />
          {summary && <span className={classes.about}>{summary}</span>}
        </span>
      </label>
    </li>
  );
}
