import { Socket, type SocketConstructorOpts } from 'node:net';

/** Every connection is read into it: what one has brought is done with before the next is read. */
const buffer = Buffer.allocUnsafeSlow(65_536);

/** What of an accepted connection net.Socket documents for nobody, in Node 26: what it reads from, and who counts it. */
interface Accepted {
  _handle: object | null;
  _server: object | null;
  server: object | null;
}

/**
 * An accepted connection that is read without memory of its own for each piece, which takes a sixth of the time of a request. Node offers
 * this to who connects (`onread`), and not to a server: the socket that it made is left empty, and this one goes on in its place.
 */
export class OneBufferSocket extends Socket {
  /** Gets what comes, which is there until it returns. Without it that comes as `data`. */
  hear: ((piece: Buffer) => void) | undefined;

  constructor(accepted: Socket & Partial<Accepted>) {
    const { _handle: handle, server, _server } = accepted;
    const onread: SocketConstructorOpts['onread'] = { buffer, callback: count => this.#read(count) };
    if (!handle) throw new Error('This Node holds accepted connections otherwise than Node 26 does.');
    super({ handle, allowHalfOpen: true, onread } as SocketConstructorOpts); // of handles it documents one kind only
    Object.assign(this, { server, _server });
    Object.assign(accepted, { _handle: null, server: null, _server: null });
  }

  /** Answers whether to read on. */
  #read(count: number): boolean {
    const piece = buffer.subarray(0, count);
    if (this.hear === undefined) return this.push(Buffer.from(piece));
    this.hear(piece);
    return true;
  }
}
