import { join } from 'node:path';
import { newPerson, rows, see, signIn } from '../test/console/steps.ts';
import { KeywrightProcess } from '../test/robust/server-process.ts';
import { startChromium } from '../test/support/chromium.ts';
import { tempFolder } from '../test/support/temp-folder.ts';

/** `npm run picture` takes the README's pictures: the access keys of the demo, in light and dark. */
const DOCS = join(import.meta.dirname, '..', 'docs');
const SIZE = { width: 1280, height: 800 };

using folder = tempFolder();
await using demo = new KeywrightProcess({ words: ['demo'], env: { KEYWRIGHT_DATA: folder.path } });
await using browser = await startChromium();
const url = await demo.listening();
const { page } = await newPerson(browser, url, { viewport: SIZE });
await page.goto('/access-keys');
const [, password = ''] = /with the password: (.+)/.exec(demo.stdout) ?? [];
const [email = ''] = /\S+@\S+(?=\s+owner)/.exec(demo.stdout) ?? [];
await signIn(page, email, password);
await see(rows(page, 'Access keys').nth(3));
await page.mouse.move(0, 0);
for (const [colorScheme, file] of [
  ['light', 'console.png'],
  ['dark', 'console-dark.png'],
] as const) {
  await page.emulateMedia({ colorScheme });
  await page.screenshot({ path: join(DOCS, file) });
}
