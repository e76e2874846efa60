import { useState } from 'react';

/**
 * Holds an answer that is shown once. Putting it away also empties the object itself, because React keeps the former state of a
 * component until its next rendering.
 */
export function useShownOnce<Answer extends object>() {
  const [shown, setShown] = useState<Answer>();
  const putAway = () => {
    if (shown) for (const field of Object.keys(shown)) Reflect.deleteProperty(shown, field);
    setShown(undefined);
  };
  return { shown, show: setShown, putAway };
}
