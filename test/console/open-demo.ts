import type { Page } from 'playwright-core';
import { KeywrightProcess } from '../robust/server-process.ts';
import { startChromium } from '../support/chromium.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { newPerson, rows, see, signIn } from './steps.ts';

/** `npm run demo` in a folder of its own, and a browser in which its owner looks at the access keys. */
export async function openDemo(): Promise<AsyncDisposable & { page: Page }> {
  await using opening = new AsyncDisposableStack();
  const { path } = opening.use(tempFolder());
  const demo = opening.use(new KeywrightProcess({ words: ['demo'], env: { KEYWRIGHT_DATA: path } }));
  const browser = opening.use(await startChromium());
  const url = await demo.listening();
  const { page } = await newPerson(browser, url, { viewport: { width: 1280, height: 800 } });
  await page.goto('/access-keys');
  const [, password = ''] = /with the password: (.+)/.exec(demo.stdout) ?? [];
  const [email = ''] = /\S+@\S+(?=\s+owner)/.exec(demo.stdout) ?? [];
  await signIn(page, email, password);
  await see(rows(page, 'Access keys').nth(3));
  const opened = opening.move();
  return { page, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
