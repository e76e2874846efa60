import { posix } from 'node:path';
import { invalid } from '@keywright/core';
import { parseText } from './parse-text.ts';

/** A value of a document, and the file that it stands in; the document itself has no name. */
export interface Place {
  value: unknown;
  file: string;
}

export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that is the object's own, whatever it is called. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Follows `$ref`s within a document and the files that came with it. Nothing else is ever read, from disk or from the network. */
export class References {
  readonly #texts: Map<string, string>;
  readonly #roots: Map<string, unknown>;

  constructor(root: unknown, files: Record<string, string>) {
    this.#roots = new Map([['', root]]);
    this.#texts = new Map(Object.entries(files).map(([name, text]) => [posix.normalize(name), text]));
  }

  /** The place, and each to which it refers, up to the one that refers no further. */
  follow(place: Place): [Place, ...Place[]] {
    const chain: [Place, ...Place[]] = [place];
    const seen = new Set<string>();
    for (let last = place; isFields(last.value) && Object.hasOwn(last.value, '$ref'); chain.push(last)) {
      const reference = last.value.$ref;
      if (typeof reference !== 'string') throw invalid('document', 'reference', 'holds a $ref that is no text');
      const name = `${last.file} ${reference}`;
      if (seen.has(name))
        throw invalid('document', 'reference', `holds a $ref that leads back to itself: ${shown(reference)}`);
      seen.add(name);
      last = this.#find(reference, last.file);
    }
    return chain;
  }

  #find(reference: string, from: string): Place {
    const at = reference.indexOf('#');
    const [target, pointer] = at < 0 ? [reference, ''] : [reference.slice(0, at), reference.slice(at + 1)];
    const file = target === '' ? from : fileOf(target, from, reference);
    let value = this.#root(file, reference);
    for (const part of pointer.split('/').slice(1)) {
      const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
      value = typeof value === 'object' && value !== null ? own(value as Fields, name) : undefined; // lists have names, too
    }
    if (value === undefined || (pointer !== '' && !pointer.startsWith('/')))
      throw invalid('document', 'reference', `holds a $ref to something that is not there: ${shown(reference)}`);
    return { value, file };
  }

  #root(file: string, reference: string): unknown {
    if (!this.#roots.has(file)) {
      const text = this.#texts.get(file);
      if (text === undefined) throw elsewhere(reference);
      this.#roots.set(file, parseText(text, `files.${shown(file)}`));
    }
    return this.#roots.get(file);
  }
}

function fileOf(target: string, from: string, reference: string): string {
  if (/^([a-z][a-z\d+.-]*:|[/\\])/i.test(target)) throw elsewhere(reference);
  return posix.join(posix.dirname(from), decoded(target));
}

function elsewhere(reference: string) {
  const message = `refers to ${shown(reference)}, which is not read from anywhere: upload that file together with the document`;
  return invalid('document', 'reference', message);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A text of a document as it can stand in a sentence. */
export function shown(text: string): string {
  const plain = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return plain.length > 120 ? `${plain.slice(0, 120).toWellFormed()}…` : plain;
}
