import { limits } from './limits.ts';
import { type Endpoint, reads } from './permission.ts';
import { type Around, holdsBetween, PARAMETER } from './segment.ts';

/** An endpoint of a catalogue: its method, and its path as a template. */
export interface EndpointEntry extends Endpoint {
  readonly method: string;
  readonly path: string;
}

/** Finds the endpoint that a request means. */
export interface EndpointMatcher {
  readonly size: number;
  find(method: string, path: string): Endpoint | undefined;
  /** Whether some endpoint writes although its method reads: then what matches none of them may write as well. */
  readonly readsMayWrite: boolean;
}

/** What may stand in a path besides `/`: RFC 3986, without `;`, which servers cut off. Escapes are looked at for themselves. */
const LITERAL = /^[\w.~!$&'()*+,=:@-]*$/;
const REQUEST_PATH = /^\/[\w.~!$&'()*+,=:@%/-]*$/;
/** What a server may read as a path of its own once it has decoded it: separators, controls, and escapes that were escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const TREACHEROUS = /[/\\;\u0000-\u001f\u007f]|%[0-9a-f]{2}/i;
const DOTS = /^[\s.]*$/;

/** The id of an endpoint: whatever its parameters are called, the same method and template are the same endpoint. */
export function endpointId(method: string, path: string): string {
  return endpointIdOf(`${method} ${path}`);
}

/** The same of an endpoint as people read and write it: `GET /orders/{id}` is `GET /orders/{}`. */
export function endpointIdOf(written: string): string {
  return written.replace(PARAMETER, '{}');
}

/** Why a path can not be the template of an endpoint, or undefined when it can. */
export function whyNotTemplate(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must begin with a slash';
  if (path.length > limits.templateCharsMax) return `must be at most ${limits.templateCharsMax} characters long`;
  const segments = path.slice(1).split('/');
  if (segments.slice(0, -1).includes('')) return 'must hold no doubled slash';
  for (const segment of segments) {
    if (segment !== '' && DOTS.test(segment)) return 'must hold no segment of dots alone';
    if (segment.includes('}{')) return `must hold some text between two parameters of one segment: ${segment}`;
    if (!segment.split(PARAMETER).every(text => LITERAL.test(text)))
      return `may hold letters, digits and -._~!$&'()*+,=:@ besides {parameters}, and no query: ${segment}`;
  }
  return undefined;
}

/**
 * A catalogue as a trie of segments for each method: finding one costs as many steps as the path has segments, however many endpoints
 * there are. Only where literal and parameter both fit a segment, and the first leads nowhere, is another way tried. Literals win.
 * A path in which a server that decodes it or takes letters of both cases as alike may read another endpoint matches none.
 */
export function compileEndpoints(entries: Iterable<EndpointEntry>): EndpointMatcher {
  const [asWritten, careless] = [new Tries(), new Tries()];
  /** For each endpoint the one that stands for all that a careless server takes for the same. */
  const alike = new Map<Endpoint, Endpoint>();
  let size = 0;
  let readsMayWrite = false;
  for (const { id, method, path, reads: itReads } of entries) {
    if (whyNotTemplate(path) !== undefined) continue;
    const endpoint = Object.freeze({ id, reads: itReads });
    asWritten.make(method, path).endpoint = endpoint;
    const read = careless.make(method, path.toLowerCase());
    read.endpoint ??= endpoint;
    alike.set(endpoint, read.endpoint);
    size++;
    if (reads(method) && !itReads) readsMayWrite = true;
  }
  const find = (method: string, target: string) => {
    const path = pathOf(target);
    const found = path === undefined ? undefined : asWritten.find(method, path);
    if (path === undefined || found === undefined || !READ_IN_TWO_WAYS.test(path)) return found;
    return careless.find(method, readCarelessly(path)) === alike.get(found) ? found : undefined;
  };
  return { size, readsMayWrite, find };
}

const READ_IN_TWO_WAYS = /[%A-Z]/;

/** As servers read it that decode first, fold look-alikes and do not mind the case. What matched can be decoded; a `%` stays a value. */
function readCarelessly(path: string): string {
  return decodeURIComponent(path).normalize('NFKC').toLowerCase().replaceAll('%', '%25');
}

class Tries {
  readonly #roots = new Map<string, Node>();

  /** The node of a template, made where there is none yet. */
  make(method: string, path: string): Node {
    const root = this.#roots.get(method) ?? new Node();
    this.#roots.set(method, root);
    let node = root;
    for (const segment of path.slice(1).split('/')) node = node.make(segment);
    return node;
  }

  find(method: string, path: string): Endpoint | undefined {
    const found = this.#roots.get(method)?.find(path, 1);
    return found === undefined && method === 'HEAD' ? this.#roots.get('GET')?.find(path, 1) : found;
  }
}

/** The path of a request, or undefined when no endpoint may match it. The query decides nothing. */
function pathOf(target: string): string | undefined {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return path.length > limits.pathCharsMax || !REQUEST_PATH.test(path) ? undefined : path;
}

/** A segment with parameters and other texts, such as `{name}.json`. */
interface Mixed extends Around {
  readonly node: Node;
}

/** A segment of templates without parameters, and the next one of the same shape. */
interface Literal {
  readonly text: string;
  readonly node: Node;
  readonly next: Literal | undefined;
}

class Node {
  /** By length, first and last character, so that a segment need not be cut out of its path to be found. */
  readonly #literals = new Map<number, Literal>();
  #parameter: Node | undefined;
  /** By how they begin and end, so that not each of them is tried. */
  readonly #mixed = new Map<string, Map<string, Mixed>>();
  /** How long those beginnings and endings are. */
  readonly #lengths = new Map<string, readonly [begin: number, end: number]>();
  /** The same, the longest first, as they are tried. */
  #longestFirst: (readonly [begin: number, end: number])[] | undefined;
  endpoint: Endpoint | undefined;

  /** The node behind a segment of a template, made where there is none yet. */
  make(segment: string): Node {
    const texts = segment.split(PARAMETER);
    if (texts.length === 1) return this.#makeLiteral(segment);
    if (texts.length > 2 || texts.some(text => text !== '')) return this.#makeMixed(texts);
    this.#parameter ??= new Node();
    return this.#parameter;
  }

  #makeLiteral(text: string): Node {
    const known = this.#literal(text, 0, text.length);
    if (known !== undefined) return known;
    const node = new Node();
    const shape = shapeOf(text, 0, text.length);
    this.#literals.set(shape, { text, node, next: this.#literals.get(shape) });
    return node;
  }

  #makeMixed(texts: readonly string[]): Node {
    const [begin, end] = [texts[0] ?? '', texts.at(-1) ?? ''];
    const between = texts.slice(1, -1);
    const key = `${begin}/${end}`;
    const alike = this.#mixed.get(key) ?? new Map<string, Mixed>();
    const known = alike.get(between.join('/'));
    if (known !== undefined) return known.node;
    const mixed = { begin, between, end, node: new Node() };
    this.#mixed.set(key, alike.set(between.join('/'), mixed));
    this.#lengths.set(`${begin.length}/${end.length}`, [begin.length, end.length]);
    this.#longestFirst = undefined;
    return mixed.node;
  }

  /** The endpoint of what follows in the path: `from` is where its next segment begins, behind the end when there is none. */
  find(path: string, from: number): Endpoint | undefined {
    if (from > path.length) return this.endpoint;
    const slash = path.indexOf('/', from);
    const end = slash < 0 ? path.length : slash;
    const found = this.#literal(path, from, end)?.find(path, end + 1);
    if (found !== undefined) return found;
    if (this.#lengths.size > 0) {
      const inMixed = this.#findMixed(path, from, end);
      if (inMixed !== undefined) return inMixed;
    }
    if (this.#parameter === undefined || !isValue(path.slice(from, end))) return undefined;
    return this.#parameter.find(path, end + 1);
  }

  #literal(path: string, from: number, end: number): Node | undefined {
    let one = this.#literals.get(shapeOf(path, from, end));
    while (one !== undefined && !(one.text.length === end - from && path.startsWith(one.text, from))) one = one.next;
    return one?.node;
  }

  #findMixed(path: string, from: number, end: number): Endpoint | undefined {
    const segment = path.slice(from, end);
    if (!isValue(segment)) return undefined;
    for (const { node } of this.#fitting(segment)) {
      const found = node.find(path, end + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of two that fit, the same one is found first, whichever others there are and in whatever order they came. */
  #sortMixed(): (readonly [begin: number, end: number])[] {
    for (const [key, alike] of this.#mixed) {
      const sorted = [...alike].sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
      this.#mixed.set(key, new Map(sorted));
    }
    return [...this.#lengths.values()].sort((a, b) => b[0] + b[1] - a[0] - a[1] || b[0] - a[0]);
  }

  *#fitting(segment: string): Generator<Mixed> {
    this.#longestFirst ??= this.#sortMixed();
    for (const [begin, end] of this.#longestFirst) {
      if (begin + end >= segment.length) continue;
      const alike = this.#mixed.get(`${segment.slice(0, begin)}/${segment.slice(segment.length - end)}`);
      for (const mixed of alike?.values() ?? []) if (holdsBetween(segment, mixed)) yield mixed;
    }
  }
}

/** Segments that differ in it are different. */
function shapeOf(path: string, from: number, end: number): number {
  if (from === end) return 0;
  return (end - from) * 16_384 + path.charCodeAt(from) * 128 + path.charCodeAt(end - 1);
}

/** Whether a segment can be the value of a parameter: to whatever server it comes, it must stay one segment. */
function isValue(segment: string): boolean {
  if (!segment.includes('%')) return segment !== '' && !(segment.startsWith('.') && DOTS.test(segment)); // no space came this far
  try {
    // Some servers fold look-alikes of `/` and `.` into them.
    const decoded = decodeURIComponent(segment).normalize('NFKC');
    return !TREACHEROUS.test(decoded) && !DOTS.test(decoded);
  } catch {
    return false;
  }
}
