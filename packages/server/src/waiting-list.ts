/** Who waits until some followers have reached a change. */
interface Waiting {
  sequence: number;
  reached(id: string): void;
}

/** Those who wait for followers, by the followers: a word of one that nobody waits for costs nothing. */
export class WaitingList {
  readonly #waiting = new Map<string, Set<Waiting>>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Waits until each of them has reached the change, telling of each, or for so long. */
  until(sequence: number, ids: Iterable<string>, reached: (id: string) => void, ms: number): Promise<void> {
    const left = new Set(ids);
    return new Promise(resolve => {
      const waiting = {
        sequence,
        reached: (id: string) => {
          reached(id);
          drop(id);
          if (left.size === 0) end();
        },
      };
      const drop = (id: string) => {
        left.delete(id);
        const those = this.#waiting.get(id);
        those?.delete(waiting);
        if (those?.size === 0) this.#waiting.delete(id);
      };
      const end = () => {
        for (const id of left) drop(id);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, ms);
      for (const id of left) {
        const those = this.#waiting.get(id) ?? new Set();
        this.#waiting.set(id, those.add(waiting));
      }
      if (left.size === 0) end();
    });
  }

  /** The follower has reached that change. */
  tell(id: string, sequence: number): void {
    for (const waiting of this.#waiting.get(id) ?? []) if (waiting.sequence <= sequence) waiting.reached(id);
  }
}
