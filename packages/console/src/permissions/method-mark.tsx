import classes from './permissions.module.css';

interface MethodMarkProps {
  method: string;
  path: string;
  reads: boolean;
}

/** Method and path of an endpoint; whether it reads shows in the colour, and is said in words beside it where it matters. */
export function MethodMark({ method, path, reads }: MethodMarkProps) {
  return (
    <>
      <span className={classes.method} data-reads={reads}>
        {method}
      </span>{' '}
      <span className={classes.path}>{path}</span>
    </>
  );
}
