import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError, type Client, createClient } from '@keywright/contract';
import { statusAt } from '../../test/nodes/start-nodes.ts';
import type { Asked } from '../../test/robust/ledger.ts';
import type { Change, Decided, State } from './judge.ts';

/** Clients that change keys, each with keys of its own. */
const CHANGERS = 3;
/** How many of the newest keys each node is asked about again and again. */
const WATCHED = 16;
const ASK_EVERY_MS = 10;
/** Longer than anything may take. */
const ANSWER_MS = 10_000;

/** So wide that nothing is refused: but each use of a key is counted, in Redis where there is one. */
const WIDE = [{ name: 'wide', max: 1_000_000, perSeconds: 60, burst: 100_000 }];

/** Where a node is to be found, also after it was started again. */
export interface Place {
  name: string;
  url: () => string;
  /** Whether it is meant to be away. */
  isDown: () => boolean;
  /** What it wrote to its log. */
  log: () => string;
  /** Whether it stands behind the line that can break. */
  isOnLine?: boolean;
}

/** What a node said of a key that lives and that it knows. */
export interface SaidOfLiving {
  place: Place;
  sentAt: number;
  answeredAt: number;
  passes: boolean;
}

interface Known {
  token: string;
  changes: Change[];
}

/**
 * Real clients on all nodes: they make, deactivate, activate and delete keys with receipts, and ask each node about the newest ones.
 * Everything is written down, to be judged afterwards.
 */
export class Load {
  readonly #places: readonly Place[];
  /** It lives all the time, and may do everything. */
  readonly #token: string;
  readonly #stopped = new AbortController();
  readonly #keys = new Map<string, Known>();
  readonly #running: Promise<void>[];
  readonly decided: Decided[] = [];
  /** In the words of the ledger: for each client in its order. */
  readonly asked: Asked[] = [];
  /** Answers that must never come. */
  readonly wrongAnswers: string[] = [];
  unavailable = 0;
  /** Decisions by a share of a limit, because nobody could be asked. */
  degraded = 0;
  receipts = 0;
  readonly ofLiving: SaidOfLiving[] = [];

  constructor(places: readonly Place[], token: string) {
    this.#places = places;
    this.#token = token;
    this.#running = [
      ...Array.from({ length: CHANGERS }, (_, n) => this.#change(n)),
      ...places.flatMap(place => [this.#ask(place), this.#askAboutLiving(place)]),
    ];
  }

  changesOf(key: string): readonly Change[] {
    return this.#keys.get(key)?.changes ?? [];
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  get #isOver(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** One key after the other through its life. Where an answer does not come, nobody knows whether the change was made, and the key is left. */
  async #change(client: number): Promise<void> {
    for (let n = client; !this.#isOver; n++) {
      const place = this.#places[n % this.#places.length] as Place; // of the remainder
      if (place.isDown()) {
        await pause(ASK_EVERY_MS);
        continue;
      }
      try {
        await this.#live(clientAt(place, this.#token), `${client}.${n}`);
      } catch (error) {
        if (isExpected(error)) this.unavailable++;
        else this.wrongAnswers.push(`${place.name}, a change: ${error}`);
        await pause(50);
      }
    }
  }

  async #live(client: Client, name: string): Promise<void> {
    const changes: Change[] = [];
    const made = await this.#step('createAccessKey', name, 'active', changes, () =>
      client.createAccessKey({ name, rateLimits: WIDE }),
    );
    const { key, token } = made;
    for (const change of changes) change.key = key;
    this.#keys.set(key, { token, changes });
    await pause(randomInt(100));
    const dead = { key, wait: 'all', waitMs: ANSWER_MS } as const;
    await this.#step('deactivateAccessKey', key, 'inactive', changes, () => client.deactivateAccessKey(dead));
    if (randomInt(2) === 0) {
      await this.#step('activateAccessKey', key, 'active', changes, () => client.activateAccessKey({ key }));
      // Without a receipt.
      await this.#step('deactivateAccessKey', key, 'inactive', changes, () => client.deactivateAccessKey({ key }));
    }
    await this.#step('deleteAccessKey', key, 'deleted', changes, () => client.deleteAccessKey(dead));
  }

  async #step<Answer extends object>(
    action: Asked['action'],
    subject: string,
    to: State,
    changes: Change[],
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const entry = { action, subject, acknowledged: false };
    const change: Change = { key: subject, to, sentAt: performance.now(), answeredAt: undefined, complete: false };
    this.asked.push(entry);
    changes.push(change);
    const answer = await ask();
    change.answeredAt = performance.now();
    change.complete = (answer as { receipt?: { complete: boolean } | null }).receipt?.complete === true;
    if (change.complete) this.receipts++;
    entry.acknowledged = true;
    return answer;
  }

  async #ask(place: Place): Promise<void> {
    while (!this.#isOver) {
      await pause(ASK_EVERY_MS);
      const watched = [...this.#keys].slice(-WATCHED);
      if (watched.length > 0 && !place.isDown()) await this.#askAbout(place, watched);
    }
  }

  async #askAboutLiving(place: Place): Promise<void> {
    const { name, url, isDown } = place;
    while (!this.#isOver) {
      await pause(ASK_EVERY_MS);
      if (isDown()) continue;
      const sentAt = performance.now();
      try {
        const status = await statusAt(url(), this.#token);
        this.ofLiving.push({ place, sentAt, answeredAt: performance.now(), passes: status === 204 });
        if (status !== 204 && status !== 503) this.wrongAnswers.push(`${name} said ${status} of a key that lives`);
      } catch (error) {
        if (!isDown()) this.wrongAnswers.push(`${name}, forward-auth: ${error}`);
      }
    }
  }

  async #askAbout({ name: node, url, isDown }: Place, watched: readonly [key: string, known: Known][]): Promise<void> {
    const items = watched.map(([, { token }]) => ({ credential: token, method: 'GET' }));
    const sentAt = performance.now();
    try {
      const { status, answer } = await verify(url(), items);
      const answeredAt = performance.now();
      if (status === 503) this.unavailable++;
      else if (status !== 200) this.wrongAnswers.push(`${node}, verify: ${status}`);
      for (const [n, { allowed, reason, degraded }] of (answer?.items ?? []).entries()) {
        if (degraded) this.degraded++;
        const key = watched[n]?.[0] ?? '';
        this.decided.push({ key, node, sentAt, answeredAt, result: allowed ? 'allowed' : (reason ?? '') });
      }
    } catch (error) {
      if (!isDown()) this.wrongAnswers.push(`${node}, verify: ${error} ${(error as Error).cause ?? ''}`);
    }
  }
}

export function clientAt({ url }: Pick<Place, 'url'>, token: string): Client {
  const bounded: typeof fetch = async (input, init) =>
    saysWhen(await fetch(input, { ...init, signal: AbortSignal.timeout(2 * ANSWER_MS) }));
  return createClient({ server: url(), token, fetch: bounded });
}

/** Whoever is told to come again hears when. */
function saysWhen(answer: Response): Response {
  if (answer.status === 503 && answer.headers.get('retry-after') === null) throw new Error('a 503 without Retry-After');
  return answer;
}

interface Answer {
  items: { allowed: boolean; reason: string | null; degraded?: boolean }[];
}

export async function verify(url: string, items: object[]): Promise<{ status: number; answer: Answer | undefined }> {
  const asked = fetch(`${url}/v1/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const answer = saysWhen(await asked);
  const body = await answer.json();
  return { status: answer.status, answer: answer.status === 200 ? (body as Answer) : undefined };
}

/** The connection broke, or the database was away. A conflict says that a change was made whose answer was lost. */
function isExpected(error: unknown): boolean {
  return error instanceof ApiError ? error.code === 'unavailable' : error instanceof TypeError;
}
