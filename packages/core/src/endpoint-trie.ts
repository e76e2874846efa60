import { MixedSegments } from './mixed-segments.ts';
import type { Endpoint } from './permission.ts';
import { isValue, PARAMETER } from './segment.ts';

/** A place between two segments of templates, while they are collected. */
export class TrieNode {
  readonly literals = new Map<string, TrieNode>();
  parameter: TrieNode | undefined;
  mixed: MixedSegments<TrieNode> | undefined;
  endpoint: Endpoint | undefined;
  /** Once it is part of a trie. */
  number = 0;

  /** The node behind a segment of a template, made where there is none yet. */
  make(segment: string): TrieNode {
    const texts = segment.split(PARAMETER);
    if (texts.length === 1) return this.#makeLiteral(segment);
    if (texts.length > 2 || texts.some(text => text !== '')) {
      this.mixed ??= new MixedSegments();
      return this.mixed.make(texts, () => new TrieNode());
    }
    this.parameter ??= new TrieNode();
    return this.parameter;
  }

  /** This node and all behind it. */
  *all(): Generator<TrieNode> {
    yield this;
    for (const node of this.literals.values()) yield* node.all();
    if (this.parameter !== undefined) yield* this.parameter.all();
    for (const node of this.mixed?.behindAll() ?? []) yield* node.all();
  }

  #makeLiteral(text: string): TrieNode {
    const node = this.literals.get(text) ?? new TrieNode();
    this.literals.set(text, node);
    return node;
  }
}

/** What stands where in the words of a node: numbers, 0 for none. */
const PARAMETER_NODE = 0;
const MIXED = 1;
const ENDPOINT = 2;
const NODE_WORDS = 4;
/** And of a literal segment: its hash, which node it stands at, which is behind it (0: the slot is free), where its text begins. */
const HASH = 0;
const AT = 1;
const BEHIND = 2;
const TEXT = 3;
const SLOT_WORDS = 4;
const SLASH = 47;

/**
 * The templates of one method, in a few arrays: an object for each node and segment would be a walk through all of memory for each request.
 * Literals are found by a hash of node and segment; their texts end with a slash.
 */
export class EndpointTrie {
  readonly #nodes: Int32Array;
  readonly #slots: Int32Array;
  readonly #slotMask: number;
  readonly #texts: Uint8Array;
  readonly #endpoints: (Endpoint | undefined)[] = [undefined];
  readonly #mixed: (MixedSegments<TrieNode> | undefined)[] = [undefined];

  constructor(root: TrieNode) {
    const nodes = [...root.all()];
    for (const [number, node] of nodes.entries()) node.number = number;
    const literals = nodes.flatMap(({ literals }) => [...literals.keys()]);
    const slots = 2 ** Math.ceil(Math.log2(2 * literals.length + 1)); // at most half of them are taken
    this.#nodes = new Int32Array(nodes.length * NODE_WORDS);
    this.#slots = new Int32Array(slots * SLOT_WORDS);
    this.#slotMask = slots - 1;
    this.#texts = Uint8Array.from(literals.map(text => `${text}/`).join(''), one => one.charCodeAt(0));
    let textAt = 0;
    for (const node of nodes) {
      this.#putNode(node);
      for (const [text, behind] of node.literals) {
        this.#putLiteral(node.number, text, behind.number, textAt);
        textAt += text.length + 1;
      }
    }
  }

  /** The endpoint of a path, of which `from` is where its next segment begins, behind the end when there is none. */
  find(path: string, from: number, node = 0): Endpoint | undefined {
    const at = node * NODE_WORDS;
    if (from > path.length) return this.#endpoints[this.#nodes[at + ENDPOINT] ?? 0];
    const slash = path.indexOf('/', from);
    const end = slash < 0 ? path.length : slash;
    const literal = this.#literal(node, path, from, end);
    const found = literal === 0 ? undefined : this.find(path, end + 1, literal);
    if (found !== undefined) return found;
    const mixed = this.#mixed[this.#nodes[at + MIXED] ?? 0];
    const parameter = this.#nodes[at + PARAMETER_NODE] ?? 0;
    if ((mixed === undefined && parameter === 0) || !isValue(path.slice(from, end))) return undefined;
    return (
      (mixed && this.#findMixed(mixed, path, from, end)) ??
      (parameter === 0 ? undefined : this.find(path, end + 1, parameter))
    );
  }

  #findMixed(mixed: MixedSegments<TrieNode>, path: string, from: number, end: number): Endpoint | undefined {
    for (const { number } of mixed.fitting(path.slice(from, end))) {
      const found = this.find(path, end + 1, number);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The node behind a literal segment, or 0. */
  #literal(node: number, path: string, from: number, end: number): number {
    const hash = hashOf(node, path, from, end);
    for (let slot = hash & this.#slotMask; ; slot = (slot + 1) & this.#slotMask) {
      const at = slot * SLOT_WORDS;
      const behind = this.#slots[at + BEHIND] ?? 0;
      if (behind === 0) return 0;
      if (this.#slots[at + HASH] === hash && this.#slots[at + AT] === node && this.#isText(at, path, from, end))
        return behind;
    }
  }

  #isText(slotAt: number, path: string, from: number, end: number): boolean {
    const text = (this.#slots[slotAt + TEXT] ?? 0) - from;
    for (let n = from; n < end; n++) if (this.#texts[text + n] !== path.charCodeAt(n)) return false;
    return this.#texts[text + end] === SLASH;
  }

  #putNode({ number, parameter, mixed, endpoint }: TrieNode): void {
    const at = number * NODE_WORDS;
    this.#nodes[at + PARAMETER_NODE] = parameter?.number ?? 0;
    if (mixed !== undefined) this.#nodes[at + MIXED] = this.#mixed.push(mixed) - 1;
    if (endpoint !== undefined) this.#nodes[at + ENDPOINT] = this.#endpoints.push(endpoint) - 1;
  }

  #putLiteral(node: number, text: string, behind: number, textAt: number): void {
    const hash = hashOf(node, text, 0, text.length);
    let slot = hash & this.#slotMask;
    while (this.#slots[slot * SLOT_WORDS + BEHIND] !== 0) slot = (slot + 1) & this.#slotMask;
    this.#slots.set([hash, node, behind, textAt], slot * SLOT_WORDS);
  }
}

/** FNV-1a of 32 bits, begun with the node. */
function hashOf(node: number, text: string, from: number, end: number): number {
  let hash = Math.imul(node, 0x9e3779b1) ^ 0x811c9dc5;
  for (let n = from; n < end; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return hash ^ (hash >>> 15);
}
