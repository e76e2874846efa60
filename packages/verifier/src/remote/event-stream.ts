import { limits } from '@keywright/core';
import { fail } from './shapes.ts';

export interface ServerEvent {
  type: string;
  data: string;
}

/** Reads server-sent events from pieces of text, in whatever places they were cut. Source: WHATWG HTML, 9.2.6. */
export class EventStreamParser {
  #rest = '';
  #type = '';
  #data: string | undefined;

  /** The events that the piece completes. Throws ShapeError when one is longer than any of ours. */
  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#take(line);
      if (event !== undefined) events.push(event);
    }
    if (this.#rest.length + (this.#data?.length ?? 0) > limits.feedEventBytesMax)
      fail('the feed', 'a stream of events');
    return events;
  }

  /** An empty line ends an event; one without data is none. */
  #take(line: string): ServerEvent | undefined {
    if (line === '') {
      const [type, data] = [this.#type, this.#data];
      this.#type = '';
      this.#data = undefined;
      return data === undefined ? undefined : { type, data };
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    return undefined;
  }
}
