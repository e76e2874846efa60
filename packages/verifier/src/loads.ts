/** Whether a change concerns a value: of that id, as it was found; undefined where nothing was. */
type Concerns<Id, Value> = (id: Id, value: Value | undefined) => boolean;

/** Changes in their order: who holds one finds all that came later, and nobody has to hold the others. */
interface Change<Id, Value> {
  readonly concerns: Concerns<Id, Value>;
  next?: Change<Id, Value>;
}

/**
 * Values on their way here. Several who want one at once share one load. What a change concerns that comes meanwhile may have been read
 * before it, so it is asked for again: whoever waits gets nothing older than what was heard of when it gets it.
 */
export class Loads<Id, Value> {
  readonly #again: (id: Id) => Value | undefined | Promise<Value | undefined>;
  readonly #keep: (id: Id, value: Value | undefined) => void;
  readonly #loading = new Map<Id, Promise<Value | undefined>>();
  #last: Change<Id, Value> = { concerns: () => false };

  constructor(
    again: (id: Id) => Value | undefined | Promise<Value | undefined>,
    keep: (id: Id, value: Value | undefined) => void,
  ) {
    this.#again = again;
    this.#keep = keep;
  }

  get(id: Id): Promise<Value | undefined> | undefined {
    return this.#loading.size === 0 ? undefined : this.#loading.get(id);
  }

  add(id: Id, loaded: Promise<Value | undefined>): Promise<Value | undefined> {
    const since = this.#last;
    const kept = loaded.then(
      value => {
        const isForgotten = this.#loading.get(id) !== kept;
        if (!isForgotten) this.#loading.delete(id);
        if (concerned(since, id, value)) return this.#again(id);
        if (!isForgotten) this.#keep(id, value);
        return value;
      },
      error => {
        if (this.#loading.get(id) === kept) this.#loading.delete(id);
        throw error;
      },
    );
    this.#loading.set(id, kept);
    return kept;
  }

  /** A change of it has come: whoever comes now does not share what was asked for before. */
  outdate(id: Id): void {
    this.#loading.delete(id);
    this.outdateWhere(other => other === id);
  }

  /** A change of whatever it concerns has come; which that is, the values say. */
  outdateWhere(concerns: Concerns<Id, Value>): void {
    this.#last.next = { concerns };
    this.#last = this.#last.next;
  }

  /** Nobody shares what is under way, and nothing of it is kept. */
  forget(): void {
    this.#loading.clear();
  }
}

function concerned<Id, Value>({ next }: Change<Id, Value>, id: Id, value: Value | undefined): boolean {
  for (let change = next; change !== undefined; change = change.next) if (change.concerns(id, value)) return true;
  return false;
}
