import { type Around, holdsBetween } from './segment.ts';

/** A segment with parameters and other texts, such as `{name}.json`, and what is behind it. */
interface Mixed<Behind> extends Around {
  readonly behind: Behind;
}

/** The segments of templates at one place that hold parameters and other texts. */
export class MixedSegments<Behind> {
  /** By how they begin and end, so that not each of them is tried. */
  readonly #all = new Map<string, Map<string, Mixed<Behind>>>();
  /** How long those beginnings and endings are. */
  readonly #lengths = new Map<string, readonly [begin: number, end: number]>();
  /** The same, the longest first, as they are tried. */
  #longestFirst: (readonly [begin: number, end: number])[] | undefined;

  /** What is behind a segment with these texts around its parameters, made where there is nothing yet. */
  make(texts: readonly string[], makeBehind: () => Behind): Behind {
    const [begin, end] = [texts[0] ?? '', texts.at(-1) ?? ''];
    const between = texts.slice(1, -1);
    const key = `${begin}/${end}`;
    const alike = this.#all.get(key) ?? new Map<string, Mixed<Behind>>();
    const known = alike.get(between.join('/'));
    if (known !== undefined) return known.behind;
    const mixed = { begin, between, end, behind: makeBehind() };
    this.#all.set(key, alike.set(between.join('/'), mixed));
    this.#lengths.set(`${begin.length}/${end.length}`, [begin.length, end.length]);
    this.#longestFirst = undefined;
    return mixed.behind;
  }

  *behindAll(): Generator<Behind> {
    for (const alike of this.#all.values()) for (const { behind } of alike.values()) yield behind;
  }

  /** What is behind those that a segment of a request fits, the longest first. */
  *fitting(segment: string): Generator<Behind> {
    this.#longestFirst ??= this.#sort();
    for (const [begin, end] of this.#longestFirst) {
      if (begin + end >= segment.length) continue;
      const alike = this.#all.get(`${segment.slice(0, begin)}/${segment.slice(segment.length - end)}`);
      for (const mixed of alike?.values() ?? []) if (holdsBetween(segment, mixed)) yield mixed.behind;
    }
  }

  /** Of two that fit, the same one is found first, whichever others there are and in whatever order they came. */
  #sort(): (readonly [begin: number, end: number])[] {
    for (const [key, alike] of this.#all) {
      const sorted = [...alike].sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
      this.#all.set(key, new Map(sorted));
    }
    return [...this.#lengths.values()].sort((a, b) => b[0] + b[1] - a[0] - a[1] || b[0] - a[0]);
  }
}
