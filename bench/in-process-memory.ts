import { randomBytes } from 'node:crypto';
import { type Asked, type KeyId, newKeyId, newSecret } from '@keywright/core';
import { digestOf, type LoadFacts, Verifier } from '@keywright/verifier';
import { factsFor } from './in-process-keys.ts';
import { settled } from './memory.ts';

/** What a million keys with simple permissions take. Run by in-process.ts with `--expose-gc`. */
const KEYS = 1_000_000;
const ASKED: Asked = { project: null, method: 'GET' };
const AT = 1_800_000_000_000;

/** How often uses are taken to be written: about as often as under a heavy load. */
const TAKE_EACH = 10_000;

let made = 0;
let newest = newSecret(newKeyId(randomBytes), randomBytes);
const load: LoadFacts = key => factsFor(made, copyOf(key), digestOf(newest));
const verifier = new Verifier(load);

run(new Verifier(load, { entriesMax: 1000 }), 300_000); // until the heap has the size that so many verifies at once want
const before = await settled();
run(verifier, KEYS);
const filled = await settled();
if (verifier.cache.size !== KEYS) throw new Error(`the cache holds ${verifier.cache.size}`);
const each = Math.round((filled - before) / KEYS);
console.log(`${each} bytes for each of ${KEYS.toLocaleString('en')} keys, as the memory of the process grew`);

function run(verifier: Verifier, count: number): void {
  for (let n = 0; n < count; n++) {
    const key = newKeyId(randomBytes);
    newest = newSecret(key, randomBytes);
    made = n;
    void verifier.verify(`kw_${key}_${newest.reveal()}`, ASKED, AT);
    if (n % TAKE_EACH === 0) verifier.uses.take();
  }
  verifier.uses.take();
}

/** As a database would hand it over: a text of its own. */
function copyOf(key: KeyId): KeyId {
  return Buffer.from(key).toString('latin1') as KeyId;
}
