import { join } from 'node:path';
import { openDemo } from '../test/console/open-demo.ts';

/** `npm run picture` takes the README's pictures: the access keys of the demo, in light and dark. */
const DOCS = join(import.meta.dirname, '..', 'docs');

await using demo = await openDemo();
const { page } = demo;
await page.mouse.move(0, 0);
for (const [colorScheme, file] of [
  ['light', 'console.png'],
  ['dark', 'console-dark.png'],
] as const) {
  await page.emulateMedia({ colorScheme });
  await page.screenshot({ path: join(DOCS, file) });
}
