import { type ApiFacts, limits } from '@keywright/core';
import { Loads } from './loads.ts';

/** Where APIs come from on first sight: at once, or later. */
export type LoadApi = (id: string) => ApiFacts | undefined | Promise<ApiFacts | undefined>;

/** APIs that were asked for, with their endpoints, until an event evicts them. Bounded by endpoints; the oldest leave first. */
export class ApiCache {
  readonly #load: LoadApi;
  readonly #endpointsMax: number;
  readonly #apis = new Map<string, ApiFacts>();
  readonly #loads = new Loads<string, ApiFacts>(
    id => this.find(id),
    (_, api) => this.#keep(api),
  );
  #weight = 0;
  /** Counts changes of APIs: of one that was found before the last of them it is not known whether it is still so. */
  changes = 0;

  constructor(load: LoadApi, endpointsMax: number = limits.cachedEndpointsMax) {
    this.#load = load;
    this.#endpointsMax = endpointsMax;
  }

  get size(): number {
    return this.#apis.size;
  }

  find(id: string): ApiFacts | undefined | Promise<ApiFacts | undefined> {
    const known = this.#apis.get(id) ?? this.#loads.get(id);
    if (known !== undefined) return known;
    const loaded = this.#load(id);
    return loaded instanceof Promise ? this.#loads.add(id, loaded) : this.#keep(loaded);
  }

  evict(id: string): void {
    this.#drop(id);
    this.#loads.outdate(id);
    this.changes++;
  }

  /** Another history follows: what is being loaded is not of it either. */
  reset(): void {
    this.clear();
    this.#loads.outdateWhere(() => true);
    this.changes++;
  }

  clear(): void {
    this.#apis.clear();
    this.#loads.forget();
    this.#weight = 0;
  }

  #drop(id: string): void {
    const api = this.#apis.get(id);
    if (api !== undefined) this.#weight -= weightOf(api);
    this.#apis.delete(id);
  }

  #keep(api: ApiFacts | undefined): ApiFacts | undefined {
    if (api === undefined) return undefined;
    this.#apis.set(api.id, api);
    this.#weight += weightOf(api);
    for (const id of this.#apis.keys()) {
      if (this.#weight <= this.#endpointsMax || id === api.id) break; // the oldest comes first
      this.#drop(id);
    }
    return api;
  }
}

/** An API without endpoints takes room, too. */
function weightOf({ endpoints }: ApiFacts): number {
  return endpoints.size + 1;
}
