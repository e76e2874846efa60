import { useEffect, useEffectEvent, useState } from 'react';

/** What lies over the page, the topmost last: panels from the side and dialogs. */
const layers: symbol[] = [];

/**
 * Puts a panel or dialog on top for as long as it is mounted: Escape closes only the topmost one, and the focus goes back to
 * where it came from (WCAG 2.2, 2.4.3). Mantine's own handling closes all open layers at once.
 */
export function useLayer(onEscape: (() => void) | undefined): void {
  // Looked at while drawing: afterwards a menu that opened the layer is gone, and with it what had the focus.
  const [origin] = useState(() => originOf(document.activeElement));
  const close = useEffectEvent(() => onEscape?.());
  useEffect(() => {
    const layer = Symbol('layer');
    layers.push(layer);
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || layers.at(-1) !== layer || isTakenInside(event.target)) return;
      event.stopImmediatePropagation();
      close();
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKeyDown, { capture: true });
      layers.splice(layers.indexOf(layer), 1);
      restoreFocus(origin);
    };
  }, [origin]);
}

/** An open menu or list of options inside the layer closes first. */
function isTakenInside(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-mantine-stop-propagation="true"]') !== null;
}

/** A menu is gone when the dialog that it opened closes; the button that opened the menu is still there. */
function originOf(active: Element | null): Element | null {
  const button = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  return button ? document.getElementById(button) : active;
}

function restoreFocus(origin: Element | null): void {
  const stillThere = origin instanceof HTMLElement && origin.isConnected && origin !== document.body;
  const target = stillThere ? origin : document.getElementById('content');
  target?.focus({ preventScroll: true });
}
