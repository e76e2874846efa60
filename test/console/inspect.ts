import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** What is wrong with the page as it stands: axe's findings in light and dark, wide and narrow, and what does not fit a phone. */
export async function problemsOf(page: Page): Promise<string[]> {
  const problems = await axeProblems(page, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  problems.push(...(await axeProblems(page, 'dark')));
  await page.setViewportSize(PHONE);
  problems.push(...(await axeProblems(page, 'dark, 390 px')), ...(await overflow(page)));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(WIDE);
  return problems;
}

/** Every rule of axe that is not experimental, none left out. */
async function axeProblems(page: Page, where: string): Promise<string[]> {
  // There are no frames: without that search, axe needs no second page.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${where}: ${id}: ${help}\n  ${html.slice(0, 300)}\n  ${failureSummary}`),
  );
}

/** What reaches beyond the right edge, unless it can be scrolled to within something that fits. */
async function overflow(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const roots = [document.documentElement, ...document.querySelectorAll('[role="dialog"], [role="dialog"] section')];
    return roots
      .filter(root => root.scrollWidth > root.clientWidth)
      .map(root => {
        const edge = root.getBoundingClientRect().left + root.clientWidth;
        const beyond = [...root.querySelectorAll('*')].filter(it => it.getBoundingClientRect().right > edge + 1);
        const tags = beyond
          .slice(0, 5)
          .map(it => it.cloneNode(false))
          .map(it => (it as Element).outerHTML.slice(0, 200)); // an element's clone is one
        return `390 px: ${root.tagName} is ${root.scrollWidth - root.clientWidth} px too wide:\n  ${tags.join('\n  ')}`;
      });
  });
}
