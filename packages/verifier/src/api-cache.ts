import { type ApiFacts, limits } from '@keywright/core';

/** Where APIs come from on first sight: at once, or later. */
export type LoadApi = (id: string) => ApiFacts | undefined | Promise<ApiFacts | undefined>;

/** APIs that were asked for, with their endpoints, until an event evicts them. Bounded by endpoints; the oldest leave first. */
export class ApiCache {
  readonly #load: LoadApi;
  readonly #endpointsMax: number;
  readonly #apis = new Map<string, ApiFacts>();
  readonly #loading = new Map<string, Promise<ApiFacts | undefined>>();
  #weight = 0;

  constructor(load: LoadApi, endpointsMax: number = limits.cachedEndpointsMax) {
    this.#load = load;
    this.#endpointsMax = endpointsMax;
  }

  get size(): number {
    return this.#apis.size;
  }

  find(id: string): ApiFacts | undefined | Promise<ApiFacts | undefined> {
    const known = this.#apis.get(id) ?? this.#loading.get(id);
    if (known !== undefined) return known;
    const loaded = this.#load(id);
    return loaded instanceof Promise ? this.#keepLater(id, loaded) : this.#keep(loaded);
  }

  evict(id: string): void {
    const api = this.#apis.get(id);
    if (api !== undefined) this.#weight -= weightOf(api);
    this.#apis.delete(id);
    // What is being loaded may have been read before the change: forget it, so that the next one asks again.
    this.#loading.delete(id);
  }

  clear(): void {
    this.#apis.clear();
    this.#loading.clear();
    this.#weight = 0;
  }

  #keep(api: ApiFacts | undefined): ApiFacts | undefined {
    if (api === undefined) return undefined;
    this.#apis.set(api.id, api);
    this.#weight += weightOf(api);
    for (const id of this.#apis.keys()) {
      if (this.#weight <= this.#endpointsMax || id === api.id) break; // the oldest comes first
      this.evict(id);
    }
    return api;
  }

  #keepLater(id: string, loaded: Promise<ApiFacts | undefined>): Promise<ApiFacts | undefined> {
    const kept: Promise<ApiFacts | undefined> = loaded
      .then(api => (this.#loading.get(id) === kept ? this.#keep(api) : api))
      .finally(() => {
        if (this.#loading.get(id) === kept) this.#loading.delete(id);
      });
    this.#loading.set(id, kept);
    return kept;
  }
}

/** An API without endpoints takes room, too. */
function weightOf({ endpoints }: ApiFacts): number {
  return endpoints.size + 1;
}
