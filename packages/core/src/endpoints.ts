import { EndpointTrie, TrieNode } from './endpoint-trie.ts';
import { limits } from './limits.ts';
import { type Endpoint, reads } from './permission.ts';
import { DOTS, foldPath, PARAMETER } from './segment.ts';

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
 * A path in which a server may read another endpoint, because it decodes it or minds neither case nor a slash at the end, matches none.
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
    const folded = foldPath(path);
    asWritten.make(method, path).endpoint = endpoint;
    asWritten.make(method, folded).endpoint ??= NONE;
    const read = careless.make(method, folded);
    read.endpoint ??= endpoint;
    alike.set(endpoint, read.endpoint);
    size++;
    if (reads(method) && !itReads) readsMayWrite = true;
  }
  const find = (method: string, target: string) => {
    const path = pathOf(target);
    const found = path === undefined ? undefined : asWritten.find(method, path);
    if (path === undefined || found === undefined || found === NONE) return undefined;
    if (!READ_IN_TWO_WAYS.test(path) && !path.endsWith('/')) return found;
    return careless.find(method, readCarelessly(path)) === alike.get(found) ? found : undefined;
  };
  return { size, readsMayWrite, find };
}

/** Stands where only a careless server reads an endpoint: at `/exportall` for `/exportAll`, so that it is no value of `/{id}`. */
const NONE: Endpoint = Object.freeze({ id: '', reads: false });

const READ_IN_TWO_WAYS = /[%A-Z]/;

/** As servers read it that decode first, fold look-alikes and mind neither case nor a slash at the end. What matched can be decoded; a `%` stays a value. */
function readCarelessly(path: string): string {
  return foldPath(decodeURIComponent(path).normalize('NFKC')).replaceAll('%', '%25');
}

class Tries {
  readonly #roots = new Map<string, TrieNode>();
  readonly #tries = new Map<string, EndpointTrie>();

  /** The node of a template, made where there is none yet. All are made before anything is found. */
  make(method: string, path: string): TrieNode {
    const root = this.#roots.get(method) ?? new TrieNode();
    this.#roots.set(method, root);
    let node = root;
    for (const segment of path.slice(1).split('/')) node = node.make(segment);
    return node;
  }

  find(method: string, path: string): Endpoint | undefined {
    const found = this.#trieOf(method)?.find(path, 1);
    return found === undefined && method === 'HEAD' ? this.#trieOf('GET')?.find(path, 1) : found;
  }

  #trieOf(method: string): EndpointTrie | undefined {
    const known = this.#tries.get(method);
    const root = known === undefined ? this.#roots.get(method) : undefined;
    if (root === undefined) return known;
    const trie = new EndpointTrie(root);
    this.#tries.set(method, trie);
    return trie;
  }
}

/** The path of a request, or undefined when no endpoint may match it. The query decides nothing. */
function pathOf(target: string): string | undefined {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return path.length > limits.pathCharsMax || !REQUEST_PATH.test(path) ? undefined : path;
}
