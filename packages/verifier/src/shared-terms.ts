import type { Facts } from '@keywright/core';

/** What many keys have in common. */
export type Terms = Pick<
  Facts,
  'enabled' | 'permission' | 'grants' | 'networks' | 'project' | 'owner' | 'account' | 'limits'
>;

interface Entry {
  readonly text: string;
  keys: number;
}

/** Terms of keys, each held once however many keys have them, by a number that a key keeps. */
export class SharedTerms {
  /** None once they were evicted, while keys still point here. */
  readonly #terms: (Terms | undefined)[] = [];
  readonly #entries: (Entry | undefined)[] = [];
  readonly #byText = new Map<string, number>();
  readonly #free: number[] = [];
  /** Numbers of lists of grants, networks and limits: they are the same when they are one object. */
  readonly #lists = new WeakMap<object, number>();
  #listsMade = 0;
  /** The terms that the last key of an owner had: the next one often has the same, which is then seen without a text of all of them. */
  readonly #ofOwner = new WeakMap<object, number>();

  /** The number of the terms in these facts, for one key more. */
  take(facts: Facts): number {
    const likely = this.#ofOwner.get(facts.owner);
    const terms = likely === undefined ? undefined : this.#terms[likely];
    if (likely !== undefined && terms !== undefined && isOne(terms, facts)) return this.#again(likely);
    const number = this.#find(facts);
    this.#ofOwner.set(facts.owner, number);
    return number;
  }

  #find(facts: Facts): number {
    const text = this.#textOf(facts);
    const known = this.#byText.get(text);
    if (known !== undefined) return this.#again(known);
    const { enabled, permission, grants, networks, project, owner, account, limits } = facts;
    const number = this.#free.pop() ?? this.#terms.length;
    this.#terms[number] = Object.freeze({ enabled, permission, grants, networks, project, owner, account, limits });
    this.#entries[number] = { text, keys: 1 };
    this.#byText.set(text, number);
    return number;
  }

  /** One key more has terms that are here. */
  #again(number: number): number {
    (this.#entries[number] as Entry).keys++; // there as long as the terms are
    return number;
  }

  /** Undefined when they were evicted. */
  get(number: number): Terms | undefined {
    return this.#terms[number];
  }

  /** One key has them no more. */
  drop(number: number): void {
    const entry = this.#entries[number];
    if (entry === undefined || --entry.keys > 0) return;
    if (this.#terms[number] !== undefined) this.#byText.delete(entry.text);
    this.#terms[number] = this.#entries[number] = undefined;
    this.#free.push(number);
  }

  /** Evicts those that fit; answers how many keys had them. */
  evictWhere(fits: (terms: Terms) => boolean): number {
    let keys = 0;
    for (const [number, terms] of this.#terms.entries()) {
      if (terms === undefined || !fits(terms)) continue;
      const { keys: count, text } = this.#entries[number] as Entry; // as above
      keys += count;
      this.#terms[number] = undefined;
      this.#byText.delete(text);
    }
    return keys;
  }

  /** What tells terms apart. Only a name can hold any character: it stands last. */
  #textOf({ enabled, permission, grants, networks, project, owner, account, limits }: Facts): string {
    const lists = `${this.#list(grants)} ${this.#list(networks)} ${this.#list(limits)}`;
    const owned = `${owner.kind} ${owner.id} ${owner.role} ${owner.active} ${account.id} ${account.active}`;
    return `${enabled} ${permission} ${lists} ${project} ${owned} ${owner.name}`;
  }

  #list(list: object): number {
    if (isEmpty(list)) return 0;
    const known = this.#lists.get(list);
    if (known !== undefined) return known;
    this.#lists.set(list, ++this.#listsMade);
    return this.#listsMade;
  }
}

/** Whether all of them are the same objects: others may be alike. */
function isOne(
  terms: Terms,
  { enabled, permission, grants, networks, project, owner, account, limits }: Facts,
): boolean {
  return (
    terms.owner === owner &&
    terms.account === account &&
    terms.enabled === enabled &&
    terms.permission === permission &&
    terms.project === project &&
    terms.grants === grants &&
    terms.networks === networks &&
    terms.limits === limits
  );
}

function isEmpty(list: object): boolean {
  for (const _ in list) return false;
  return true;
}
