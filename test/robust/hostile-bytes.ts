import { limits } from '@keywright/core';
import fc from 'fast-check';

/** HTTP itself, broken: requests with bytes taken out, put in and turned over, and a list of old acquaintances. */
export function hostileBytes(host: string): fc.Arbitrary<Buffer> {
  const body = '{"credential":"kw_nobody"}';
  const head = `Host: ${host}\r\nUser-Agent: test\r\nContent-Type: application/json\r\n`;
  const requests = [
    `GET /v1/auth HTTP/1.1\r\n${head}Authorization: Bearer x\r\n\r\n`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n1a\r\n${body}\r\n0\r\n\r\n`,
    `PATCH /v1/account HTTP/1.1\r\n${head}Content-Length: 12\r\n\r\n{"name":"x"}`,
  ];
  const spoiling = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 6 })), {
    minLength: 1,
    maxLength: 4,
  });
  const spoilt = fc.tuple(fc.constantFrom(...requests), spoiling).map(([text, cuts]) => {
    let bytes = Buffer.from(text);
    for (const [at, length, put] of cuts) {
      const place = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + length)]);
    }
    return bytes;
  });
  const known = [
    '',
    '\r\n\r\n',
    'GARBAGE\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /v1/auth HTTP/1.0\r\n\r\n',
    'GET /v1/auth HTTP/1.1\r\nConnection: close\r\n\r\n',
    `GET /v1/auth HTTP/1.1\nHost: ${host}\n\n`,
    `GET /v1/au th HTTP/1.1\r\n${head}\r\n`,
    `CONNECT /v1/auth HTTP/1.1\r\n${head}\r\n`,
    `OPTIONS * HTTP/1.1\r\n${head}\r\n`,
    `GET http://elsewhere/v1/auth HTTP/1.1\r\n${head}\r\n`,
    `GET /v1/auth HTTP/1.1\r\n${head}Authorization : Bearer x\r\n\r\n`,
    `GET /v1/auth HTTP/1.1\r\n${head} folded: yes\r\n\r\n`,
    `GET /v1/auth HTTP/1.1\r\n${head}X: a\0b\r\n\r\n`,
    `GET /v1/auth HTTP/1.1\r\n${head}Authorization: Bearer \xff\xfe\r\n\r\n`,
    `GET /v1/auth HTTP/1.1\r\n${head}${'X: a\r\n'.repeat(3000)}\r\n`,
    `GET /v1/auth HTTP/1.1\r\n${head}X: ${'a'.repeat(limits.headerBytesMax)}\r\n\r\n`,
    `GET /${'a'.repeat(limits.headerBytesMax)} HTTP/1.1\r\n${head}\r\n`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: 99\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: 1\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: 99999999999999999999\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /v1/verify HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    `POST /v1/verify HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    `POST /v1/verify HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`,
    `POST /v1/verify HTTP/1.1\r\n${head}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
  ].map(text => Buffer.from(text, 'latin1'));
  return fc.oneof({ weight: 4, arbitrary: spoilt }, { weight: 1, arbitrary: fc.constantFrom(...known) });
}
