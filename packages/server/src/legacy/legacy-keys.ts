import { type KeyId, KeywrightError, limits } from '@keywright/core';
import {
  findLegacySecrets,
  keepLegacyScheme,
  type LegacySecret,
  listLegacySchemes,
  type Store,
  upgradeLegacySecret,
} from '@keywright/store';
import { lookupOf, PLAIN, proves, type Scheme, spellingsOf } from './scheme.ts';

/** What can be one: as the import takes them. */
const FORM = /^[!-~]{8,512}$/;

/** Finds keys that came from other systems by texts that have not the form of our own. */
export class LegacyKeys {
  readonly #store: Store;
  #schemes: readonly { text: string; scheme: Scheme }[] = [];
  /** The accounts whose slow hashes are under way, each as often as it has some. */
  readonly #slow: string[] = [];
  #loading: Promise<void> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Reads which schemes there are; as long as there is none, no text is looked up at all. Until it is done, texts wait. */
  load(): Promise<void> {
    const loading = this.#read().finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async #read(): Promise<void> {
    const texts = await listLegacySchemes(this.#store.db);
    const schemes = texts.map(text => ({ text, scheme: JSON.parse(text) as Scheme })); // as the import wrote it
    this.#schemes = schemes.sort((a, b) => Number(a.scheme.byId) - Number(b.scheme.byId)); // slow ones last
  }

  /** The key that the text proves; undefined at once when there can be none. */
  find(text: string): Promise<KeyId | undefined> | undefined {
    if ((this.#schemes.length === 0 && this.#loading === undefined) || !FORM.test(text)) return undefined;
    return this.#loading === undefined ? this.#search(text) : this.#loading.then(() => this.#search(text));
  }

  async #search(text: string): Promise<KeyId | undefined> {
    for (const { text: kept, scheme } of this.#schemes) {
      const lookup = lookupOf(scheme, text);
      if (lookup === undefined) continue;
      for (const secret of await findLegacySecrets(this.#store.db, kept, lookup)) {
        const key = scheme.byId ? await this.#prove(scheme, text, secret) : secret.key;
        if (key !== undefined) return key;
      }
    }
    return undefined;
  }

  async #prove(scheme: Scheme, text: string, secret: LegacySecret): Promise<KeyId | undefined> {
    // Upgraded, maybe since the text was looked up as a plain one.
    if (secret.hash === '') return this.#findPlain(text);
    if (!(await this.#provesSlowly(scheme, text, secret))) return undefined;
    await this.#upgrade(secret.key, spellingsOf(scheme, text));
    return secret.key;
  }

  async #findPlain(text: string): Promise<KeyId | undefined> {
    const lookup = lookupOf(PLAIN, text);
    const found = lookup && (await findLegacySecrets(this.#store.db, JSON.stringify(PLAIN), lookup));
    return found?.[0]?.key;
  }

  /** No account can take all turns, so that those who know an id of one do not keep out the keys of others. */
  async #provesSlowly(scheme: Scheme, text: string, { account, hash }: LegacySecret): Promise<boolean> {
    const ofAccount = this.#slow.filter(one => one === account).length;
    if (this.#slow.length >= limits.slowHashesAtOnceMax || ofAccount >= limits.slowHashesPerAccountMax)
      throw new KeywrightError('unavailable', 'Too many keys are being seen for the first time.');
    this.#slow.push(account);
    try {
      return await proves(scheme, text, hash);
    } finally {
      this.#slow.splice(this.#slow.indexOf(account), 1);
    }
  }

  /** Slow hashes are for weak secrets at rest; the next process that sees the key shall not have to pay for it again. */
  async #upgrade(key: KeyId, texts: readonly string[]): Promise<void> {
    const lookups = texts.map(text => lookupOf(PLAIN, text)).filter(lookup => lookup !== undefined);
    const scheme = JSON.stringify(PLAIN);
    await this.#store.transact(async tx => {
      await keepLegacyScheme(tx, scheme);
      for (const lookup of lookups) await upgradeLegacySecret(tx, key, lookup, scheme);
    });
    await this.load();
  }
}
