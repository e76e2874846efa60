import type { ChoosableEndpoint } from './endpoint.ts';
import { chosenState } from './endpoint.ts';
import classes from './permissions.module.css';

interface TriCheckboxProps {
  label: string;
  /** Where the label is written elsewhere already. */
  labelHidden?: boolean;
  endpoints: readonly ChoosableEndpoint[];
  chosen: ReadonlySet<string>;
  onToggle: (on: boolean) => void;
}

/** One box for many endpoints: checked, unchecked, or in between. A press in between chooses all. */
export function TriCheckbox({ label, labelHidden = false, endpoints, chosen, onToggle }: TriCheckboxProps) {
  const { all, some } = chosenState(endpoints, chosen);
  return (
    <label className={classes.choice}>
      <input
        type="checkbox"
        checked={all}
        ref={input => {
          // HTML has no attribute for it.
          if (input) input.indeterminate = some;
        }}
        aria-label={labelHidden ? label : undefined}
        onChange={event => onToggle(event.currentTarget.checked)}
      />
      {!labelHidden && <span>{label}</span>}
    </label>
  );
}
