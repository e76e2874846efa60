import { contract, type OutputOf } from '@keywright/contract';
import { KeywrightError, limits } from '@keywright/core';
import { eventsAfter, lastEventId, type StoredEvent } from '@keywright/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { atHome } from '../callers/caller.ts';
import { confirmProject } from '../callers/confirm.ts';
import { identify } from '../callers/identify.ts';
import { changeOf } from '../operations/verifiers/changes.ts';
import { parseInput } from '../parse-input.ts';
import { authorise } from '../run.ts';
import { identificationOf } from './request.ts';

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

/**
 * The operation readChanges as server-sent events (WHATWG HTML, 9.2), in the order of changes and without a gap: `change`, each second
 * `heartbeat`, and `reset` to those who are too far behind to catch up. Each event's id is where to resume.
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
  authorise(entry, caller);
  if (caller === undefined) throw new KeywrightError('unauthenticated');
  if (project !== undefined) await confirmProject(app.store.db, caller.account, project, true);
  const { after, verifier, name = null, version = null, staleMaxMs, onStale } = parseInput(entry.input, fields);
  const resume = request.headers['last-event-id'];
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
  const last = await lastEventId(app.store.db);
  reply.hijack();
  // Who has gone meanwhile closes no second time: a stream would go on for ever.
  if (reply.raw.destroyed) return reply;
  const stream = new ChangesStream(app, reply, caller.account, verifier, async () => {
    authorise(entry, await callerNow());
  });
  open.add(stream);
  reply.raw.on('close', () => {
    stream.end();
    open.delete(stream);
  });
  stream.start(after ?? (typeof resume === 'string' && /^\d{1,15}$/.test(resume) ? Number(resume) : undefined), last);
  return reply;
}

class ChangesStream {
  readonly #app: App;
  readonly #raw: FastifyReply['raw'];
  readonly account: string;
  readonly verifier: string | undefined;
  readonly #check: () => Promise<void>;
  #position = 0;
  #catching = false;
  #beating = false;
  #unfollow: () => void = () => {};
  #beat: NodeJS.Timeout | undefined;

  constructor(
    app: App,
    reply: FastifyReply,
    account: string,
    verifier: string | undefined,
    check: () => Promise<void>,
  ) {
    this.#app = app;
    this.#raw = reply.raw;
    this.account = account;
    this.verifier = verifier;
    this.#check = check;
  }

  /** `last` is the last change in the database: nobody has seen more of this history. */
  start(after: number | undefined, last: number): void {
    const { feed } = this.#app;
    this.#raw.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // nginx would hold the events back.
      'X-Accel-Buffering': 'no',
    });
    this.#position = after ?? feed.sequence;
    const isAhead = this.#position > Math.max(last, feed.sequence);
    if (isAhead || feed.sequence - this.#position > BEHIND_MAX) {
      this.#position = feed.sequence;
      this.#write('reset');
    }
    this.#unfollow = feed.follow((events, from, sequence) => {
      if (from <= this.#position) this.#send(events, sequence);
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
    while (this.#position < feed.sequence) {
      const events = await eventsAfter(store.db, this.#position);
      this.#send(events, events.at(-1)?.id ?? feed.sequence);
    }
  }

  /** Where none of the changes is for this account, only how far they have come. */
  #send(events: readonly StoredEvent[], sequence: number): void {
    const before = this.#position;
    if (sequence <= before) return;
    this.#position = sequence;
    const changes = events.filter(({ id }) => id > before).flatMap(event => changeOf(this.account, event) ?? []);
    for (const change of changes) this.#write('change', change);
    if (events.some(({ account }) => account === this.account) && changes.at(-1)?.sequence !== sequence)
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

  #write(event: 'change' | 'heartbeat' | 'reset', change?: OutputOf<'readChanges'>['changes'][number]): void {
    if (this.#raw.writableLength > UNREAD_BYTES_MAX) this.#raw.destroy();
    const sequence = change?.sequence ?? this.#position;
    this.#raw.write(`event: ${event}\nid: ${sequence}\ndata: ${JSON.stringify(change ?? { sequence })}\n\n`);
  }
}
