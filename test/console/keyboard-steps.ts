import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { until } from '../support/until.ts';

/** The hands of somebody who has no mouse. */
export interface Keyboard {
  press: (...keys: string[]) => Promise<void>;
  /** Presses Tab, or other keys, until the focus is there. */
  tabTo: (target: Locator, ...keys: string[]) => Promise<void>;
  /** Goes down an open menu. */
  downTo: (target: Locator) => Promise<void>;
  seeFocus: (target: Locator) => Promise<void>;
}

const STEPS_MAX = 60;

export function keyboardOf(page: Page): Keyboard {
  async function press(...keys: string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
  }

  async function tabTo(target: Locator, ...keys: string[]): Promise<void> {
    // Some inputs are drawn by what lies over them, and count as hidden.
    await target.waitFor({ state: 'attached' });
    const over: string[] = [];
    for (let step = 0; step < STEPS_MAX; step++) {
      await press(...(keys.length > 0 ? keys : ['Tab']));
      if (await isFocused(target)) return;
      over.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120) ?? 'nothing'));
    }
    assert.fail(`the keys do not lead to ${target}, but over\n${over.join('\n')}`);
  }

  return {
    press,
    tabTo,
    downTo: target => tabTo(target, 'ArrowDown'),
    seeFocus: target => until(() => isFocused(target), { what: `the focus to be on ${target}` }).then(() => undefined),
  };
}

const isFocused = (target: Locator) => target.evaluate(element => element === document.activeElement);
