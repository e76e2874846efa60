import { endpointId, invalid, limits, whyNotTemplate } from '@keywright/core';
import { basePathOf, givenBasePath } from './base-path.ts';
import type { DocumentEndpoint } from './difference.ts';
import { parseText } from './parse-text.ts';
import { type Fields, isFields, own, type Place, References, shown } from './references.ts';

/** What is to be read: the text of a document, files to which it refers, and what to put before its paths. */
export interface Source {
  text: string;
  files: Record<string, string>;
  /** Null for what the document says. */
  basePath: string | null;
}

/** What a catalogue takes from a document. */
export interface ApiDocument {
  title: string | null;
  version: string | null;
  basePath: string;
  endpoints: DocumentEndpoint[];
  /** Paths that no request can be matched to. */
  skipped: { path: string; why: string }[];
}

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete', 'trace'] as const;
const OPENAPI = /^3\.[01](\.\d+)?(-[\w.]+)?$/;

/** Reads paths, methods, names, summaries and tags of an OpenAPI document; schemas are not looked at. Throws `invalid_value`. */
export function readDocument({ text, files, basePath }: Source): ApiDocument {
  const root = parseText(text, 'document');
  checkVersion(root);
  const given = basePath === null ? undefined : givenBasePath(basePath);
  const catalogue = new Catalogue(new References(root, files), given, own(root, 'servers'));
  for (const [path, item] of Object.entries(catalogue.pathsOf(root))) catalogue.addPath(path, item);
  const { endpoints, skipped } = catalogue;
  if (endpoints.size === 0) {
    const [first] = skipped;
    const why = first === undefined ? '' : ` that can be matched: ${first.path} ${first.why}`;
    throw invalid('document', 'operations', `holds no operation${why}`);
  }
  const info = own(root, 'info');
  const words = isFields(info) ? info : {};
  return {
    title: lineOf(own(words, 'title'), 'info.title', limits.endpointNameCharsMax),
    version: lineOf(own(words, 'version'), 'info.version', limits.endpointTagCharsMax),
    basePath: catalogue.basePath,
    endpoints: [...endpoints.values()],
    skipped,
  };
}

function checkVersion(root: unknown): asserts root is Fields {
  if (!isFields(root)) throw invalid('document', 'openapi', 'is no OpenAPI document: it must be an object');
  if (own(root, 'swagger') !== undefined)
    throw invalid(
      'document',
      'openapi',
      'is in Swagger 2, of before OpenAPI 3: convert it first, for example with swagger2openapi',
    );
  const version = own(root, 'openapi');
  if (typeof version !== 'string' || !OPENAPI.test(version))
    throw invalid(
      'document',
      'openapi',
      'is no OpenAPI document of version 3.0 or 3.1: its field openapi must be such as "3.1.0"',
    );
}

class Catalogue {
  readonly endpoints = new Map<string, DocumentEndpoint>();
  readonly skipped: ApiDocument['skipped'] = [];
  readonly basePath: string;
  readonly #references: References;
  readonly #given: string | undefined;

  constructor(references: References, given: string | undefined, servers: unknown) {
    this.#references = references;
    this.#given = given;
    this.basePath = given ?? basePathOf(servers, 'servers') ?? '';
  }

  pathsOf(root: Fields): Fields {
    const { value, file } = this.#last({ value: own(root, 'paths') ?? {}, file: '' });
    if (!isFields(value)) throw invalid('document', 'paths', 'must have an object as its paths');
    this.#file = file;
    return value;
  }

  /** The file that holds the paths. */
  #file = '';

  addPath(path: string, value: unknown): void {
    if (path.startsWith('x-')) return;
    if (!path.startsWith('/'))
      throw invalid('document', 'paths', `holds a path that does not begin with a slash: ${shown(path)}`);
    const items = this.#references.follow({ value, file: this.#file });
    const wrong = items.find(item => !isFields(item.value));
    if (wrong !== undefined) throw invalid('document', 'paths', `must have an object as paths.${shown(path)}`);
    for (const method of METHODS) {
      // What stands beside a $ref goes before that to which it refers.
      const item = items.find(one => isFields(one.value) && Object.hasOwn(one.value, method));
      if (item !== undefined && isFields(item.value)) this.#addOperation(path, method, item.value, item.file);
    }
  }

  #addOperation(path: string, method: (typeof METHODS)[number], item: Fields, file: string): void {
    const place = `paths.${shown(path)}.${method}`;
    const { value: operation } = this.#last({ value: own(item, method), file });
    if (!isFields(operation)) throw invalid('document', 'operation', `must have an object as ${place}`);
    const servers = own(operation, 'servers') ?? own(item, 'servers');
    const base = this.#given ?? basePathOf(servers, `${place}.servers`) ?? this.basePath;
    const full = base + path;
    const upper = method.toUpperCase();
    const id = endpointId(upper, full);
    const why =
      whyNotTemplate(full) ?? (this.endpoints.has(id) ? 'matches the same requests as a path before it' : undefined);
    if (why !== undefined) this.skipped.push({ path: `${upper} ${shown(full)}`, why });
    else this.endpoints.set(id, { id, method: upper, path: full, ...wordsOf(operation, place) });
    if (this.endpoints.size + this.skipped.length > limits.endpointsPerApiMax)
      throw invalid(
        'document',
        'operations',
        `holds more than ${limits.endpointsPerApiMax} operations, which one API can have`,
      );
  }

  #last(place: Place): Place {
    const chain = this.#references.follow(place);
    return chain.at(-1) ?? chain[0];
  }
}

function wordsOf(operation: Fields, place: string): Pick<DocumentEndpoint, 'name' | 'summary' | 'tag'> {
  const tags = own(operation, 'tags') ?? [];
  if (!Array.isArray(tags)) throw invalid('document', 'tags', `must have a list as ${place}.tags`);
  return {
    name: lineOf(own(operation, 'operationId'), `${place}.operationId`, limits.endpointNameCharsMax),
    summary: lineOf(own(operation, 'summary'), `${place}.summary`, limits.endpointSummaryCharsMax),
    tag: lineOf(tags[0], `${place}.tags`, limits.endpointTagCharsMax),
  };
}

/** A text of the document as one plain line; numbers are what YAML makes of texts such as 2.0. */
function lineOf(value: unknown, place: string, charsMax: number): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') throw invalid('document', 'text', `must have a text as ${place}`);
  const plain = String(value)
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ');
  return plain.trim().slice(0, charsMax).toWellFormed().trim() || null;
}
