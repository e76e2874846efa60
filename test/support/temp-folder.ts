import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './leash.ts';

export interface TempFolder extends Disposable {
  path: string;
}

let root: string | undefined;

/** A new empty folder; it goes when it is disposed of, and at the latest with this process. */
export function tempFolder(): TempFolder {
  root ??= makeRoot();
  const path = mkdtempSync(join(root, 'folder-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

function makeRoot(): string {
  const path = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  // PostgreSQL may run as another user, who must get through to a folder of its own.
  chmodSync(path, 0o711);
  // Programs that end at the same moment may still write; then the folder is not empty yet.
  atEnd('n=0; while ! rm -rf "$1" && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done', path);
  return path;
}
