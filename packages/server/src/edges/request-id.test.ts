import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestIdOf } from './request-id.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

describe('the id of a request', () => {
  for (const [what, id] of Object.entries({
    'a UUID': '018f6b1e-2c1d-7aa0-9c5d-6f2b1e2c1d7a',
    'a ULID': '01HX5Z8V2T3M4N5P6Q7R8S9T0V',
    "one of nginx's": 'f3a1c0de9b7f4a5d8e6c1b2a3f4d5e6c',
    'one with a place': 'edge-1/eu:42+a=b@c~d.e',
    'the longest': 'a'.repeat(128),
  }))
    test(`${what} is taken over`, () => {
      assert.equal(requestIdOf(['Host', 'a', 'X-Request-Id', id]), id);
      assert.equal(requestIdOf(['traceparent', PARENT, 'x-request-id', id]), id, 'before that of a trace');
    });

  for (const [what, id] of Object.entries({
    nothing: '',
    'one that is too long': 'a'.repeat(129),
    'one with a line feed': 'a\nb',
    'one with a space': 'a b',
    'one with a quote': 'a"b',
    'one with a comma': 'a,b',
    'one with an umlaut': 'ä',
    'a script': '<script>',
  }))
    test(`${what} is replaced by one of our own`, () => {
      assert.match(requestIdOf(['X-Request-Id', id]), UUID);
      assert.equal(requestIdOf(['X-Request-Id', id, 'traceparent', PARENT]), TRACE, 'or by that of the trace');
    });

  test('one that came twice is none', () => {
    assert.match(requestIdOf(['X-Request-Id', 'a', 'x-request-id', 'a']), UUID);
    assert.match(requestIdOf(['traceparent', PARENT, 'Traceparent', PARENT]), UUID);
  });

  for (const [what, parent, isTaken] of [
    ['a trace', PARENT, true],
    ['one of a later version, with more behind it', `01-${TRACE}-b7ad6b7169203331-01-more`, true],
    ['one of a version that there can not be', `ff-${TRACE}-b7ad6b7169203331-01`, false],
    ['zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, false],
    ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`, false],
    ['capitals', PARENT.toUpperCase(), false],
    ['one that is cut off', PARENT.slice(0, -1), false],
    ['one that goes on', `${PARENT}0`, false],
    ['one that goes on for long', `01-${TRACE}-b7ad6b7169203331-01-${'a'.repeat(200)}`, false],
  ] as const)
    test(`of traceparent: ${what}`, () => {
      const id = requestIdOf(['TraceParent', parent]);
      if (isTaken) assert.equal(id, TRACE);
      else assert.match(id, UUID);
    });
});
