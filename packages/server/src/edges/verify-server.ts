import { type RequestListener, Server, type ServerOptions } from 'node:http';
import { Socket } from 'node:net';
import { type Answer, underItsId, written } from './answer.ts';
import { OneBufferSocket } from './one-buffer-socket.ts';
import { type PlainRequest, readPlainRequest } from './plain-request.ts';

/** Answers a plain request, whose body it has read when it returns, or leaves it to `node:http`. Never throws or rejects. */
export type AnswerPlain = (request: PlainRequest, socket: Socket) => Answer | Promise<Answer> | undefined;

/**
 * A `node:http` server with a lane before it, for what comes most: plain requests that `answer` knows are answered from the bytes of
 * their connection. With the first that is not one of those the connection is handed over to `node:http`, with every byte of it, for good.
 */
export class VerifyServer extends Server {
  readonly #lanes = new Set<Lane>();

  constructor(options: ServerOptions, listener: RequestListener, answer: AnswerPlain) {
    super(options, listener);
    const serve = this.listeners('connection');
    this.removeAllListeners('connection');
    const handOver = (socket: Socket) => {
      for (const one of serve) one.call(this, socket);
    };
    this.on('connection', (socket: OneBufferSocket) => {
      this.#lanes.add(new Lane(socket, this, answer, handOver, lane => this.#lanes.delete(lane)));
    });
    this.on('listening', () => {
      // One clock for all: a timer for each connection would be set anew with each request.
      const timer = setInterval(() => {
        for (const lane of this.#lanes) lane.tick();
      }, this.keepAliveTimeout / TICKS).unref();
      this.once('close', () => clearInterval(timer));
    });
  }

  /** Whoever listens for connections gets them as they are read here. */
  override emit(name: string | symbol, ...args: unknown[]): boolean {
    if (name === 'connection' && args[0] instanceof Socket) return super.emit(name, new OneBufferSocket(args[0]));
    return super.emit(name, ...args);
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    for (const lane of this.#lanes) lane.closeIfIdle();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const lane of this.#lanes) lane.close();
  }
}

/** A connection on which nothing came for so many ticks, and up to one more, has said nothing for too long. */
const TICKS = 4;

let unsent: Lane[] = [];

/**
 * Answers leave when all connections that have brought something have been heard: who asks on many at once is woken once instead of again
 * and again, and brings the next requests together.
 */
function sendAll(): void {
  const lanes = unsent;
  unsent = [];
  for (const lane of lanes) lane.send();
}

/** A request that comes in more pieces than this is for `node:http`, which bounds how long one may take. */
const PIECES_MAX = 16;

/** One connection, for as long as all that comes on it is plain. */
class Lane {
  readonly #socket: OneBufferSocket;
  readonly #server: Server;
  readonly #answer: AnswerPlain;
  readonly #handOver: (socket: Socket) => void;
  readonly #left: (lane: Lane) => void;
  #isBusy = false;
  #quietTicks = 0;
  /** The pieces of a request of which more has to come. */
  #begun: readonly Buffer[] = [];
  #unsent = '';
  /** The connection ends with what is unsent. */
  #isLast = false;

  constructor(
    socket: OneBufferSocket,
    server: Server,
    answer: AnswerPlain,
    handOver: (socket: Socket) => void,
    left: (lane: Lane) => void,
  ) {
    this.#socket = socket;
    this.#server = server;
    this.#answer = answer;
    this.#handOver = handOver;
    this.#left = left;
    socket.hear = piece => this.#hear(piece);
    socket.on('end', this.#end);
    socket.on('error', this.close).on('close', this.#leave).on('drain', this.#goOn);
  }

  readonly close = (): void => {
    this.#socket.destroy();
  };

  readonly closeIfIdle = (): void => {
    if (!this.#isBusy && this.#begun.length === 0 && this.#unsent === '' && this.#socket.writableLength === 0)
      this.close();
  };

  /** Who began a request and does not go on has the patience of `node:http`. */
  tick(): void {
    if (++this.#quietTicks <= TICKS) return;
    if (this.#begun.length === 0) this.closeIfIdle();
    else this.#giveUp(Buffer.concat(this.#begun));
  }

  /** The piece is there for now only. */
  #hear(piece: Buffer): void {
    this.#quietTicks = 0;
    const bytes = this.#begun.length === 0 ? piece : Buffer.concat([...this.#begun, piece]);
    const read = readPlainRequest(bytes);
    if (read === 'begun' && this.#begun.length < PIECES_MAX) {
      this.#begun = [...this.#begun, Buffer.from(piece)];
      return;
    }
    this.#begun = [];
    const request = read === 'begun' ? undefined : read;
    const answer = request && this.#answer(request, this.#socket);
    if (request === undefined || answer === undefined) this.#giveUp(bytes);
    else if (!(answer instanceof Promise)) this.#write(answer, request);
    else {
      // What comes meanwhile waits its turn.
      this.#isBusy = true;
      this.#socket.pause();
      answer.then(later => {
        this.#isBusy = false;
        this.#write(later, request);
        this.#goOn();
      });
    }
  }

  #write(answer: Answer, { method, rawHeaders }: PlainRequest): void {
    const told = underItsId(answer, rawHeaders);
    const isLast = !this.#server.listening; // while the server drains, each answer is the last of its connection
    const text = written(told, isLast ? 'close' : 'keep', method === 'HEAD', this.#server.keepAliveTimeout);
    this.#unsent += text;
    this.#isLast = isLast;
    if (unsent.push(this) === 1) setImmediate(sendAll);
  }

  /** Sends what was answered since the last time. */
  send(): void {
    const text = this.#unsent;
    if (text === '') return;
    this.#unsent = '';
    // Who asks on and on without reading the answers is not heard until they have.
    if (!this.#socket.write(text)) this.#socket.pause();
    if (this.#isLast) this.#socket.end();
  }

  readonly #goOn = (): void => {
    if (!this.#isBusy && !this.#socket.writableNeedDrain) this.#socket.resume();
  };

  /** Not heard while an answer is awaited: then nothing is read. */
  readonly #end = (): void => {
    this.send();
    const isCut = this.#begun.length > 0;
    if (!isCut) this.#socket.end();
    else if (!this.#server.emit('clientError', new Error('The request ended before it was whole.'), this.#socket))
      this.close();
  };

  readonly #leave = (): void => this.#left(this);

  #giveUp(bytes: Buffer): void {
    this.send();
    const socket = this.#socket;
    socket.hear = undefined;
    socket.off('end', this.#end);
    socket.off('error', this.close).off('close', this.#leave).off('drain', this.#goOn);
    this.#leave();
    // Stopped, so that nothing flows before somebody listens.
    socket.pause();
    socket.unshift(Buffer.from(bytes));
    this.#handOver(socket);
    socket.resume();
  }
}
