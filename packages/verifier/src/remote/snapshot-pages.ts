import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { limits } from '@keywright/core';
import { type Page, readPage, readSignedPage } from './answers.ts';
import { parseJson } from './shapes.ts';
import { UnavailableError } from './unavailable.ts';

/** Whose snapshot it has to be. */
export interface SnapshotOf {
  readonly publicKey: KeyObject;
  readonly account: string | undefined;
  readonly project: string | undefined;
}

/** Ed25519, SPKI in base64, as getSigningKey gives it. Throws TypeError for anything else. */
export function readPublicKey(text: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below.
  }
  throw new TypeError('preload.publicKey must be the key of getSigningKey: Ed25519, SPKI in base64');
}

/** Proves and reads one line of the file, as the server sent it. Throws when it is not to be trusted, or does not follow the one before. */
export function openPage(line: string, before: Page | undefined, { publicKey, account, project }: SnapshotOf): Page {
  const { page: text, signature } = readSignedPage(parseJson(line, 'the snapshot'), 'the snapshot');
  // The signature first: nothing else of it is looked at before.
  if (!verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url')))
    throw new UnavailableError('The signature of the snapshot is wrong.');
  const page = readPage(parseJson(text, 'the snapshot'), 'the snapshot');
  const follows =
    before === undefined
      ? page.cursor === null
      : page.cursor === before.nextCursor &&
        page.account === before.account &&
        page.sequence >= before.sequence &&
        page.at >= before.at;
  if (!follows) throw new UnavailableError('The pages of the snapshot do not belong together.');
  const isOurs =
    (account === undefined || page.account === account) &&
    page.keys.every(key => key.account.id === page.account && (project === undefined || key.project === project)) &&
    page.apis.every(api => api.account === page.account);
  if (!isOurs) throw new UnavailableError('The snapshot is of another account or project.');
  return page;
}

/** Each page of the file with the length of its line in bytes. Throws at the first that is not to be trusted. */
export async function* pagesIn(file: string, of: SnapshotOf): AsyncGenerator<{ page: Page; bytes: number }> {
  let before: Page | undefined;
  for await (const line of linesIn(file)) {
    const page = openPage(line, before, of);
    yield { page, bytes: Buffer.byteLength(line) + 1 };
    // Of what was read only the place is needed.
    before = { ...page, keys: [], apis: [] };
  }
}

/** Whole lines only: the last one without an end was cut off. */
async function* linesIn(file: string): AsyncGenerator<string> {
  let rest: string[] = [];
  let chars = 0;
  for await (const piece of createReadStream(file, { encoding: 'utf8' }) as AsyncIterable<string>) {
    const [first = '', ...more] = piece.split('\n');
    rest.push(first);
    chars += first.length;
    if (chars > limits.answerBytesMax) throw new UnavailableError('A line of the snapshot is too long.');
    for (const next of more) {
      yield rest.join('');
      rest = [next];
      chars = next.length;
    }
  }
}
