import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '@keywright/core';
import { EventStreamParser, type ServerEvent } from './event-stream.ts';

const STREAM = `: hello
event: heartbeat
id: 7
data: {"sequence":7}

event:change
data:{"a":
data: 1}
retry: 10

data

event: reset

event: last
data: ü
`;

const EVENTS: ServerEvent[] = [
  { type: 'heartbeat', data: '{"sequence":7}' },
  { type: 'change', data: '{"a":\n1}' },
  { type: '', data: '' },
];

/** The last event has not ended; one without data is none. */
function parse(pieces: string[]): ServerEvent[] {
  const parser = new EventStreamParser();
  return pieces.flatMap(piece => parser.push(piece));
}

test('events come out whole, wherever the stream was cut and however its lines end', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const stream = STREAM.replaceAll('\n', end);
    assert.deepEqual(parse([stream]), EVENTS, JSON.stringify(end));
    assert.deepEqual(parse([...stream]), EVENTS, JSON.stringify(end));
    for (let at = 0; at <= stream.length; at++)
      assert.deepEqual(parse([stream.slice(0, at), stream.slice(at)]), EVENTS, `${JSON.stringify(end)} cut at ${at}`);
  }
});

test('an event without an end takes no memory without an end', () => {
  const parser = new EventStreamParser();
  assert.throws(() => {
    for (let n = 0; n < limits.feedEventBytesMax; n++) parser.push('data: more and more\n');
  }, /can not be read/);
});
