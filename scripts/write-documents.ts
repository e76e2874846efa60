import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from './documents.ts';

/** `npm run documents`: writes what is made from the code. */
for (const [path, text] of Object.entries(documents())) {
  writeFileSync(join(import.meta.dirname, '..', path), text);
  console.log(`Wrote ${path}`);
}
