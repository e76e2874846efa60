import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';

const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** How many places of a kind a problem names. */
const SHOWN = 3;

/** What is wrong with the page as it stands: axe's findings in light and dark, and what does not fit it or a phone. */
export async function problemsOf(page: Page): Promise<string[]> {
  const problems = [...(await axeProblems(page, 'light')), ...(await overflow(page))];
  await page.emulateMedia({ colorScheme: 'dark' });
  problems.push(...(await axeProblems(page, 'dark')));
  await page.setViewportSize(PHONE);
  // On a phone, tables are lists of cards; all else only has less room.
  const hasTable = (await page.getByRole('table').count()) > 0;
  problems.push(...(hasTable ? await problemsOnPhone(page) : await overflow(page)));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(WIDE);
  return problems;
}

/** The same for a page that is as narrow as a phone already. */
export async function problemsOnPhone(page: Page): Promise<string[]> {
  return [...(await axeProblems(page, '390 px')), ...(await overflow(page))];
}

/** All rules that axe runs by itself, none left out. */
async function axeProblems(page: Page, where: string): Promise<string[]> {
  await settled(page);
  // There are no frames: without the search for them, axe needs no second page.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  return violations.map(({ id, help, nodes }) => {
    const shown = nodes
      .slice(0, SHOWN)
      .map(({ html, failureSummary }) => `  ${html.slice(0, 300)}\n  ${failureSummary}`);
    return `${where}: ${id}: ${help} (${nodes.length} times)\n${shown.join('\n')}`;
  });
}

/** Colours that fade from one scheme to the other are judged where they end; what turns for ever (a loader) is not waited for. */
async function settled(page: Page): Promise<void> {
  const isSettled = () =>
    page.evaluate(() =>
      document.getAnimations().every(one => one.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY),
    );
  await until(isSettled);
}

/** What does not fit, once open menus have found their new place. */
export async function overflow(page: Page): Promise<string[]> {
  let found: string[] = [];
  const isFit = async () => {
    found = await overflowNow(page);
    return found.length === 0;
  };
  await until(isFit, { ms: 3000 }).catch(() => undefined);
  return found;
}

/** What reaches beyond the right edge of the page, or of a panel, a dialog or the frame of a table on it. */
async function overflowNow(page: Page): Promise<string[]> {
  return await page.evaluate(shown => {
    const frames = [document.documentElement, ...document.querySelectorAll('[role="dialog"], :has(> [role="table"])')];
    const tooWide = frames.filter(frame => frame.scrollWidth > frame.clientWidth);
    return tooWide.map(frame => {
      const edge = frame.getBoundingClientRect().left + frame.clientWidth;
      const beyond = [...frame.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > edge + 1);
      const tags = beyond.slice(0, shown).map(one => one.outerHTML.slice(0, 200));
      return `${innerWidth} px: ${frame.tagName} is ${frame.scrollWidth - frame.clientWidth} px too wide:\n  ${tags.join('\n  ')}`;
    });
  }, SHOWN);
}
