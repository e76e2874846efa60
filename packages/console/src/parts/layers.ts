import { useEffect, useEffectEvent, useState } from 'react';

interface Layer {
  /** Where the focus came from, and before that. */
  origins: readonly (HTMLElement | null)[];
}

/** What lies over the page, the topmost last: panels from the side and dialogs. */
const layers: Layer[] = [];

/**
 * Puts a panel or dialog on top for as long as it is mounted: Escape closes only the topmost one, and the focus goes back to
 * where it came from (WCAG 2.2, 2.4.3). Mantine's own handling closes all open layers at once.
 */
export function useLayer(onEscape: (() => void) | undefined): void {
  // Looked at while drawing: afterwards a menu that opened the layer is gone, and with it what had the focus.
  // Another layer may make place for this one; then the focus goes back to where that one was opened.
  const [origins] = useState(() => [originOf(document.activeElement), ...(layers.at(-1)?.origins ?? [])]);
  const close = useEffectEvent(() => onEscape?.());
  useEffect(() => {
    const layer = { origins };
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
      restoreFocus(origins);
    };
  }, [origins]);
}

/** The focus goes into a menu a moment after it opens; until then its button has it, and Escape closes the menu all the same. */
window.addEventListener('keydown', closeMenuOfButton, { capture: true });
function closeMenuOfButton(event: KeyboardEvent): void {
  const { key, target } = event;
  if (key !== 'Escape' || !(target instanceof HTMLElement)) return;
  if (!target.matches('[aria-haspopup="menu"][aria-expanded="true"]')) return;
  event.stopImmediatePropagation();
  target.click();
}

/** An open menu or list of options inside the layer closes first. */
function isTakenInside(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-mantine-stop-propagation="true"]') !== null;
}

/** A menu is gone when the dialog that it opened closes; the button that opened the menu is still there. */
function originOf(active: Element | null): HTMLElement | null {
  const button = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const origin = button ? document.getElementById(button) : active;
  return origin instanceof HTMLElement && origin !== document.body ? origin : null;
}

/** To the newest origin that is still there and that no other layer covers. */
function restoreFocus(origins: Layer['origins']): void {
  const top = [...document.querySelectorAll<HTMLElement>('[role="dialog"]')].at(-1);
  const origin = origins.find(one => one?.isConnected && (top?.contains(one) ?? true));
  (origin ?? top ?? document.getElementById('content'))?.focus({ preventScroll: true });
}
