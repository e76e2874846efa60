import { promises } from 'node:fs';
import { basename, dirname } from 'node:path';
import { limits } from '@keywright/core';
import { type Page, type Place, readSignedPage } from './answers.ts';
import type { ServerDoor } from './server-door.ts';
import { openPage, pagesIn, type SnapshotOf } from './snapshot-pages.ts';
import { UnavailableError } from './unavailable.ts';

/** Beside the file, so named with its id behind: a verifier that has closed. Each is a file of its own, so that many may come and go at once. */
const LEFT = '.left-';
const VERIFIER_ID = /^ver_[a-z2-7]{20}$/;

/** The facts of all keys in a file of signed pages, one a line, for when this process starts and the server is away. */
export class SnapshotFile {
  readonly #file: string;
  readonly #part: string;
  readonly #of: SnapshotOf;
  readonly #door: ServerDoor;
  #refreshing: Promise<boolean> | undefined;
  #closed = false;

  constructor(file: string, of: SnapshotOf, door: ServerDoor) {
    this.#file = file;
    this.#part = `${file}.part`;
    this.#of = of;
    this.#door = door;
  }

  /** Hands over each page of a whole file; undefined when there is none. Throws when any of it is not to be trusted. */
  async load(take: (page: Page) => void): Promise<Place | undefined> {
    if (!(await exists(this.#file))) return undefined;
    let start: Place | undefined;
    let isWhole = false;
    for await (const { page } of pagesIn(this.#file, this.#of)) {
      start ??= { sequence: page.sequence, hash: page.hash };
      isWhole = page.nextCursor === null;
      take(page);
    }
    if (!isWhole) throw new UnavailableError('The snapshot is not whole.');
    return start;
  }

  /**
   * Reads all pages from the server into a new file in place of the old one; goes on where the last try was interrupted. Answers whether none
   * of them is from before.
   */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Waits for a page that is just being read; the next start goes on from there. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#refreshing?.catch(() => {});
  }

  /** Notes that the verifier has closed, and that a later one may decide by the file. */
  async noteLeft(verifier: string): Promise<void> {
    await promises.writeFile(`${this.#file}${LEFT}${verifier}`, '', { mode: 0o600 });
  }

  /** Those that have closed; none of them comes back. */
  async left(): Promise<string[]> {
    const beginning = `${basename(this.#file)}${LEFT}`;
    const names = await promises.readdir(dirname(this.#file));
    const ids = names.filter(name => name.startsWith(beginning)).map(name => name.slice(beginning.length));
    return ids.filter(id => VERIFIER_ID.test(id));
  }

  async forgetLeft(verifier: string): Promise<void> {
    await promises.rm(`${this.#file}${LEFT}${verifier}`, { force: true });
  }

  async #refresh(): Promise<boolean> {
    const { last, bytes } = await this.#resumed();
    const part = await promises.open(this.#part, last === undefined ? 'w' : 'r+', 0o600);
    try {
      await part.truncate(bytes);
      await this.#append(part, last, bytes);
      await part.sync();
    } finally {
      await part.close();
    }
    if (!this.#closed) await promises.rename(this.#part, this.#file);
    return last === undefined;
  }

  async #append(part: promises.FileHandle, last: Page | undefined, from: number): Promise<void> {
    let [before, bytes] = [last, from];
    while (!this.#closed && before?.nextCursor !== null) {
      const cursor = before === undefined ? '' : `?cursor=${encodeURIComponent(before.nextCursor ?? '')}`;
      const path = `/verifiers/snapshot${cursor}`;
      const line = JSON.stringify(await this.#door.ask({ method: 'GET', path, answer: readSignedPage }));
      before = { ...openPage(line, before, this.#of), keys: [], apis: [] };
      bytes += (await part.write(`${line}\n`, bytes)).bytesWritten;
    }
  }

  /** How far the last try came, if that was lately. What follows the last good line is cut off. */
  async #resumed(): Promise<{ last: Page | undefined; bytes: number }> {
    let last: Page | undefined;
    let bytes = 0;
    if (!(await exists(this.#part))) return { last, bytes };
    try {
      for await (const line of pagesIn(this.#part, this.#of)) {
        if (last === undefined && Date.now() - line.page.at > limits.snapshotRefreshMs) break;
        last = line.page;
        bytes += line.bytes;
      }
    } catch {
      // The rest is read again.
    }
    return { last, bytes };
  }
}

async function exists(file: string): Promise<boolean> {
  return promises.stat(file).then(
    () => true,
    error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
