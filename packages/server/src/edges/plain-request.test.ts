import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '@keywright/core';
import fc from 'fast-check';
import { type PlainRequest, readPlainRequest } from './plain-request.ts';

const read = (text: string) => whole(Buffer.from(text, 'latin1'));
const whole = (bytes: Buffer) => {
  const request = readPlainRequest(bytes);
  assert.notEqual(request, 'begun');
  return request as PlainRequest | undefined; // not 'begun'
};
const get = (...headers: string[]) => `GET /v1/auth HTTP/1.1\r\n${headers.map(one => `${one}\r\n`).join('')}\r\n`;

describe('plain requests', () => {
  test('a request of a gateway is read as it came', () => {
    const request = read(get('Host: a', 'X-Forwarded-Uri: /a b?c: d', 'X-Empty:', 'X-Tight:1'));
    assert.ok(request);
    assert.equal(request.method, 'GET');
    assert.equal(request.url, '/v1/auth');
    const headers = ['Host', 'a', 'X-Forwarded-Uri', '/a b?c: d', 'X-Empty', '', 'X-Tight', '1'];
    assert.deepEqual(request.rawHeaders, headers);
    assert.equal(request.body.length, 0);
  });

  test('a body is what the length says, in bytes', () => {
    const head = 'POST /v1/verify?a=1 HTTP/1.1\r\ncontent-length: 3\r\nConnection: Keep-Alive\r\n\r\n';
    const request = whole(Buffer.concat([Buffer.from(head), Buffer.from('aä')]));
    assert.equal(request?.body.toString(), 'aä');
    assert.equal(request?.url, '/v1/verify?a=1');
  });

  const others: Record<string, string> = {
    'an earlier version': 'GET /v1/auth HTTP/1.0\r\nHost: a\r\n\r\n',
    'another path': 'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n',
    'an absolute address': 'GET http://a/v1/auth HTTP/1.1\r\nHost: a\r\n\r\n',
    'two spaces before the path': 'GET  /v1/auth HTTP/1.1\r\nHost: a\r\n\r\n',
    'a method in small letters': 'get /v1/auth HTTP/1.1\r\nHost: a\r\n\r\n',
    'no header': 'GET /v1/auth HTTP/1.1\r\n\r\n',
    'half a head that begins otherwise': 'GET /openapi.json HTTP/1.1\r\nHost: a\r\n',
    'half a line': 'GET /v1/au',
    'half a head over the limit': `GET /v1/auth HTTP/1.1\r\nX-Long: ${'a'.repeat(limits.headerBytesMax)}`,
    'line feeds alone': 'GET /v1/auth HTTP/1.1\nHost: a\n\n',
    'a line feed alone between headers': 'GET /v1/auth HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n',
    'an empty line first': '\r\nGET /v1/auth HTTP/1.1\r\nHost: a\r\n\r\n',
    'a folded header': get('Host: a', 'X-Forwarded-Uri: /a', ' /b'),
    'a space before the colon': get('X-Api-Key : a'),
    'a tab before the value': get('X-Api-Key:\ta'),
    'two spaces before the value': get('X-Api-Key:  a'),
    'a space behind the value': get('X-Api-Key: a '),
    'a value of spaces': get('X-Api-Key:  '),
    'no name': get(': a'),
    'no colon': get('X-Api-Key'),
    'a NUL': get('X-Api-Key: a\0'),
    'a carriage return alone': get('X-Api-Key: a\rX: b'),
    'a character beyond ASCII': get('X-Api-Key: é'),
    'a name with a character that few have': get("X'Api: a"),
    'two requests': `${get('Host: a')}${get('Host: a')}`,
    'a body without a length': `${get('Host: a')}a`,
    'more than the length says': `${get('Content-Length: 1')}ab`,
    'less than the length says, with an expectation': `${get('Content-Length: 3', 'Expect: 100-continue')}ab`,
    'a length over the limit': get(`Content-Length: ${limits.bodyBytesMax + 1}`),
    'two lengths': `${get('Content-Length: 1', 'Content-Length: 1')}a`,
    'a list as length': `${get('Content-Length: 1, 1')}a`,
    'a length with a sign': `${get('Content-Length: +1')}a`,
    'a length in hexadecimal digits': `${get('Content-Length: 0x1')}a`,
    'a body in chunks': `${get('Transfer-Encoding: chunked')}0\r\n\r\n`,
    'a body in chunks with a length': `${get('Content-Length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
    'a wish for leave to send': get('Expect: 100-continue'),
    'a wish for another protocol': get('Upgrade: h2c', 'Connection: upgrade'),
    'a last request': get('Connection: close'),
    'a last request of a proxy': get('Proxy-Connection: close'),
    'a head over the limit': get(`X-Long: ${'a'.repeat(limits.headerBytesMax)}`),
  };
  for (const [what, text] of Object.entries(others)) {
    test(`${what} is for node:http`, () => assert.equal(read(text), undefined));
  }

  test('a request of which more has to come has begun', () => {
    const head = get('Host: a', 'Content-Length: 3');
    for (const text of [head.slice(0, 24), head.slice(0, -1), head, `${head}ab`])
      assert.equal(readPlainRequest(Buffer.from(text)), 'begun', text);
  });

  test('what is read says in other words just what came', () => {
    const name = fc.stringMatching(/^[\w-]{1,20}$/);
    const value = fc.string({ unit: fc.constantFrom(...' \t\r\n:aé/\0,'), maxLength: 20 });
    const path = fc.string({ unit: fc.constantFrom(...'/v1authé ?%\r\n'), maxLength: 20 });
    fc.assert(
      fc.property(path, fc.array(fc.tuple(name, value), { maxLength: 6 }), (rest, headers) => {
        const lines = headers.map(([one, text]) => `${one}: ${text}`);
        const text = `GET /v1/${rest} HTTP/1.1\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`;
        const request = read(text);
        if (request === undefined) return;
        assert.equal(request.url, `/v1/${rest}`);
        // A value may hold the end of its line, and then what is another header.
        const [, ...came] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
        const fields = came.flatMap(line => (/^(.*?): ?(.*)$/s.exec(line) ?? []).slice(1));
        assert.deepEqual(request.rawHeaders, fields);
      }),
      { numRuns: 2000 },
    );
  });

  test('a long head of spaces takes no longer than others', () => {
    const text = get(`X: ${' '.repeat(limits.headerBytesMax - 100)}`);
    const began = performance.now();
    for (let n = 0; n < 20; n++) assert.equal(read(text), undefined);
    assert.ok(performance.now() - began < 2000);
  });
});
