import { contract } from '@keywright/contract';
import { KeywrightError, limits } from '@keywright/core';
import { type EventPlace, eventsAfter, type StoredEvent } from '@keywright/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { atHome } from '../callers/caller.ts';
import { confirmProject } from '../callers/confirm.ts';
import { identify } from '../callers/identify.ts';
import { touchesNoFacts } from '../feed.ts';
import { type Change, changeOf, placeAfter, placeText } from '../operations/verifiers/changes.ts';
import { parseInput } from '../parse-input.ts';
import { authorise } from '../run.ts';
import { identificationOf, noteCaller } from './request.ts';

const entry = contract.readChanges;
/** Further behind than this it is quicker to begin anew. */
const BEHIND_MAX = 10_000;
/** Who does not read what is sent is cut off, and resumes when it does. */
const UNREAD_BYTES_MAX = 1_048_576;

/** Whether the changes are wanted as they happen. */
export function wantsStream({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/event-stream') === true;
}

/** Open streams end first when the server closes: whoever follows connects to the next one. */
export function endStreamsOnClose(server: FastifyInstance): void {
  server.addHook('preClose', async () => {
    for (const stream of open) stream.end();
  });
}

const open = new Set<ChangesStream>();

/** How many of them there are. */
export function openStreams(): number {
  return open.size;
}

/**
 * The operation readChanges as server-sent events (WHATWG HTML, 9.2), in the order of changes and without a gap: `change`, each second
 * `heartbeat`, and `reset` to those who are too far behind to catch up, stood where this database never was, or whose credential is
 * changed. Each event's id is where to resume.
 */
export async function streamChanges(
  app: App,
  request: FastifyRequest,
  reply: FastifyReply,
  fields: Record<string, unknown>,
  project: string | undefined,
): Promise<FastifyReply> {
  const identification = identificationOf(app, request);
  const callerNow = () => identify(app, entry, identification, project);
  const caller = await callerNow();
  noteCaller(request, caller);
  authorise(entry, caller);
  if (caller === undefined) throw new KeywrightError('unauthenticated');
  if (project !== undefined) await confirmProject(app.store.db, caller.account, project, true);
  const { verifier, name = null, version = null, staleMaxMs, onStale, ...asked } = parseInput(entry.input, fields);
  const { after, afterHash } = asked.after === undefined ? resumed(request) : asked;
  const at = app.now();
  if (verifier !== undefined) {
    const { account } = caller;
    const about = { name, version, account, project: project ?? null, staleMaxMs, onStale };
    await app.followers.join({ id: verifier, ...about, connectedAt: at, by: atHome(caller).owner.id });
  }
  // A verifier follows once; the stream before this one may be half open.
  for (const stream of open) if (verifier !== undefined && stream.verifier === verifier) stream.end();
  if ([...open].filter(stream => stream.account === caller.account).length >= limits.followersPerAccountMax)
    throw new KeywrightError('conflict', `The account has ${limits.followersPerAccountMax} open streams already.`);
  const from = after === undefined ? app.feed.place : await placeAfter(app.store.db, after, afterHash);
  reply.hijack();
  // Who has gone meanwhile closes no second time: a stream would go on for ever.
  if (reply.raw.destroyed) return reply;
  const follower = { account: caller.account, verifier, credential: caller.key?.key };
  const stream = new ChangesStream(app, reply, follower, async () => {
    authorise(entry, await callerNow());
  });
  open.add(stream);
  reply.raw.on('close', () => {
    stream.end();
    open.delete(stream);
  });
  stream.start(from);
  return reply;
}

/** The id of the last event that came, as `ChangesStream` gives it. */
function resumed({ headers }: FastifyRequest): { after?: number; afterHash?: string | undefined } {
  const [, after, afterHash] = /^(\d{1,15})(?:-([0-9a-f]{64}))?$/.exec(`${headers['last-event-id']}`) ?? [];
  return after === undefined ? {} : { after: Number(after), afterHash };
}

interface Follower {
  account: string;
  verifier: string | undefined;
  /** The key by which it follows. */
  credential: string | undefined;
}

class ChangesStream {
  readonly #app: App;
  readonly #raw: FastifyReply['raw'];
  readonly account: string;
  readonly verifier: string | undefined;
  readonly #credential: string | undefined;
  readonly #check: () => Promise<void>;
  #place: EventPlace;
  #catching = false;
  #beating = false;
  #unfollow: () => void = () => {};
  #beat: NodeJS.Timeout | undefined;

  constructor(app: App, reply: FastifyReply, follower: Follower, check: () => Promise<void>) {
    this.#app = app;
    this.#raw = reply.raw;
    this.account = follower.account;
    this.verifier = follower.verifier;
    this.#credential = follower.credential;
    this.#check = check;
    this.#place = app.feed.place;
  }

  /** From there on; from now on, after a reset, where that is undefined. */
  start(from: EventPlace | undefined): void {
    const { feed } = this.#app;
    this.#raw.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // nginx would hold the events back.
      'X-Accel-Buffering': 'no',
    });
    const isFar = from === undefined || feed.sequence - from.id > BEHIND_MAX;
    this.#place = isFar ? feed.place : from;
    if (isFar) this.#write('reset');
    this.#unfollow = feed.follow((events, before) => {
      if (before <= this.#place.id) this.#send(events, feed.place);
      else this.#catchUp();
    });
    this.#beat = setInterval(() => void this.#heartbeat(), limits.heartbeatMs).unref();
    this.#catchUp();
    this.#write('heartbeat');
  }

  end(): void {
    clearInterval(this.#beat);
    this.#unfollow();
    this.#raw.end();
  }

  #catchUp(): void {
    if (this.#catching) return;
    this.#catching = true;
    this.#readOn()
      .catch(() => this.end())
      .finally(() => {
        this.#catching = false;
      });
  }

  async #readOn(): Promise<void> {
    const { feed, store } = this.#app;
    while (this.#place.id < feed.sequence) {
      const events = await eventsAfter(store.db, this.#place.id);
      this.#send(events, events.at(-1) ?? feed.place);
    }
  }

  /** Where none of the changes is for this account, only how far they have come. */
  #send(events: readonly StoredEvent[], place: EventPlace): void {
    const { id: before } = this.#place;
    if (place.id <= before) return;
    this.#place = place;
    const later = events.filter(({ id }) => id > before);
    if (later.some(event => this.#isOfCredential(event))) this.#beginAnew();
    else this.#tell(later);
  }

  #isOfCredential({ action, target }: StoredEvent): boolean {
    return target.kind === 'access_key' && target.id === this.#credential && !touchesNoFacts(action);
  }

  /** By its credential's grants it is decided what may be known: what was heard of before was said by others. */
  #beginAnew(): void {
    this.#write('reset');
    this.#write('heartbeat');
  }

  #tell(events: readonly StoredEvent[]): void {
    const changes = events.flatMap(event => changeOf(this.account, event) ?? []);
    for (const change of changes) this.#write('change', change);
    if (events.some(({ account }) => account === this.account) && changes.at(-1)?.sequence !== this.#place.id)
      this.#write('heartbeat');
  }

  /** Only who may still follow, and only while the database answers. */
  async #heartbeat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    try {
      await this.#check();
      if (this.#app.feed.isFresh) this.#write('heartbeat');
    } catch {
      this.end();
    } finally {
      this.#beating = false;
    }
  }

  #write(event: 'change' | 'heartbeat' | 'reset', change?: Change): void {
    // It was ended while something was looked up for it.
    if (this.#raw.writableEnded) return;
    if (this.#raw.writableLength > UNREAD_BYTES_MAX) this.#raw.destroy();
    const data = change ?? placeText(this.#place);
    this.#raw.write(`event: ${event}\nid: ${data.sequence}-${data.hash}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
