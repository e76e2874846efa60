import { type RequestListener, Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { type Answer, underItsId, written } from './answer.ts';
import { type PlainRequest, readPlainRequest } from './plain-request.ts';

/** Answers a plain request, or leaves it to `node:http`. Never throws or rejects. */
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
    this.on('connection', socket => {
      this.#lanes.add(new Lane(socket, this, answer, handOver, lane => this.#lanes.delete(lane)));
    });
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

/** One connection, for as long as all that comes on it is plain. */
class Lane {
  readonly #socket: Socket;
  readonly #server: Server;
  readonly #answer: AnswerPlain;
  readonly #handOver: (socket: Socket) => void;
  readonly #left: (lane: Lane) => void;
  #isBusy = false;

  constructor(
    socket: Socket,
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
    socket.setTimeout(server.keepAliveTimeout);
    socket.on('data', this.#hear).on('end', this.#end).on('timeout', this.closeIfIdle);
    socket.on('error', this.close).on('close', this.#leave).on('drain', this.#goOn);
  }

  readonly close = (): void => {
    this.#socket.destroy();
  };

  readonly closeIfIdle = (): void => {
    if (!this.#isBusy && this.#socket.writableLength === 0) this.close();
  };

  readonly #hear = (bytes: Buffer): void => {
    const request = readPlainRequest(bytes);
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
  };

  #write(answer: Answer, { method, rawHeaders }: PlainRequest): void {
    const told = underItsId(answer, rawHeaders);
    const isLast = !this.#server.listening; // while the server drains, each answer is the last of its connection
    const text = written(told, isLast ? 'close' : 'keep', method === 'HEAD', this.#server.keepAliveTimeout);
    // Who asks on and on without reading the answers is not heard until they have.
    if (!this.#socket.write(text)) this.#socket.pause();
    if (isLast) this.#socket.end();
  }

  readonly #goOn = (): void => {
    if (!this.#isBusy && !this.#socket.writableNeedDrain) this.#socket.resume();
  };

  /** Not heard while an answer is awaited: then nothing is read. */
  readonly #end = (): void => {
    this.#socket.end();
  };

  readonly #leave = (): void => this.#left(this);

  #giveUp(bytes: Buffer): void {
    const socket = this.#socket;
    socket.off('data', this.#hear).off('end', this.#end).off('timeout', this.closeIfIdle);
    socket.off('error', this.close).off('close', this.#leave).off('drain', this.#goOn);
    socket.setTimeout(0);
    this.#leave();
    // Stopped, so that nothing flows before somebody listens.
    socket.pause();
    socket.unshift(bytes);
    this.#handOver(socket);
    socket.resume();
  }
}
