import { createHash } from 'node:crypto';
import { type Operation, pathFields } from '@keywright/contract';
import { limits, newKeyId, newSecret } from '@keywright/core';
import fc from 'fast-check';
import { hostileNames, hostileTexts, hostileValues, jsonText, objectOf, percentEncoded } from './hostile-values.ts';
import type { Sent } from './wire.ts';

type Input = Record<string, unknown>;
type Headers = [name: string, value: string][];

/** A request, and the one field of its input that was broken, which a 422 must then name. */
export interface Hostile {
  sent: Sent;
  broken?: string | undefined;
}

const JSON_TYPE: Headers = [['content-type', 'application/json']];

/** Requests for an operation: right in all but what was broken. `identity` is what makes the caller known. */
export function hostileRequests(entry: Operation, valid: Input, identity: Headers): fc.Arbitrary<Hostile> {
  const broken = brokenInputs(entry, valid).map(({ input, field }) => ({
    sent: sentFor(entry, input, identity),
    broken: field,
  }));
  const headers = fc.tuple(brokenInputs(entry, valid), hostileHeaders).map(([{ input }, more]) => {
    const sent = sentFor(entry, input, identity);
    return { sent: { ...sent, headers: joined(sent.headers, more) } };
  });
  const carriers = fc.tuple(hostileCarriers, fc.boolean()).map(([carrier, alone]) => {
    const sent = sentFor(entry, valid, alone ? [] : identity);
    return { sent: { ...sent, headers: [...sent.headers, ...carrier] } };
  });
  const bodies = fc.tuple(hostileBodies, hostileTypes).map(([body, types]) => {
    const { method, path } = sentFor(entry, valid, []);
    return { sent: { method, path, headers: [...identity, ...types], body } };
  });
  const paths = fc
    .tuple(hostilePaths, fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'))
    .map(([path, method]): Hostile => ({ sent: { method, path, headers: [...identity] } }));
  return fc.oneof(
    { weight: 10, arbitrary: broken },
    { weight: 2, arbitrary: headers },
    { weight: 2, arbitrary: carriers },
    { weight: 2, arbitrary: bodies },
    { weight: 1, arbitrary: paths },
  );
}

/** The valid input with one field broken, added or left out; now and then something else altogether. */
function brokenInputs(entry: Operation, valid: Input): fc.Arbitrary<{ input: Input; field?: string }> {
  const known = Object.keys(entry.input.shape);
  const added = fc.tuple(hostileNames, hostileValues).map(([field, value]) => ({
    input: objectOf([...Object.entries(valid), [field, value]]),
    // The whole input of verify is judged together: it may name another field. A name that is no text can not come back.
    field: known.includes(field) || entry.name === 'verify' || !field.isWellFormed() ? undefined : field,
  }));
  if (known.length === 0) return added;
  const anyField = fc.constantFrom(...known);
  const replaced = fc.tuple(anyField, hostileValues).map(([field, value]) => ({
    input: objectOf([...Object.entries(valid).filter(([name]) => name !== field), [field, value]]),
    field: entry.name === 'verify' ? undefined : field,
  }));
  const leftOut = anyField.map(field => ({
    input: objectOf(Object.entries(valid).filter(([name]) => name !== field)),
  }));
  const several = fc
    .array(fc.tuple(fc.oneof(anyField, hostileNames), hostileValues), { minLength: 2, maxLength: 4 })
    .map(fields => ({ input: objectOf([...Object.entries(valid), ...fields]) }));
  return fc.oneof(
    { weight: 8, arbitrary: replaced },
    { weight: 2, arbitrary: added },
    { weight: 1, arbitrary: leftOut },
    { weight: 2, arbitrary: several },
  );
}

/** The request as our client would make it, except that nothing is refused on the way. */
export function sentFor(entry: Operation, input: Input, identity: Headers): Sent {
  const inPath = pathFields(entry);
  const path = entry.path.replace(/\{(\w+)\}/g, (_, field: string) => percentEncoded(textOf(input[field])));
  const rest = Object.entries(input).filter(([field]) => !inPath.includes(field));
  const target = `/v1${path}`;
  if (entry.method === 'GET') return { method: 'GET', path: target + queryOf(rest), headers: identity };
  return { method: entry.method, path: target, headers: [...identity, ...JSON_TYPE], body: jsonText(objectOf(rest)) };
}

function queryOf(fields: [string, unknown][]): string {
  const pairs = fields.flatMap(([field, value]) =>
    [value].flat().map(one => `${percentEncoded(field.slice(0, 1000))}=${percentEncoded(textOf(one))}`),
  );
  // More would be refused for the length of its headers.
  return pairs.length === 0 ? '' : `?${pairs.join('&').slice(0, limits.headerBytesMax - 2000)}`;
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 3000);
}

/** Later headers take the place of earlier ones of the same name. */
function joined(before: readonly (readonly [string, string])[], more: Headers): Headers {
  const names = more.map(([name]) => name);
  return [
    ...before.filter(([name]) => !names.includes(name)).map(([name, value]): [string, string] => [name, value]),
    ...more,
  ];
}

/** What a header can carry at all: the rest is tried on raw sockets. */
const headerTexts = hostileTexts.map(text => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 3000));

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

/** A key that never was, with a right checksum. */
const unknownKeys = fc.integer().map(seed => {
  let draws = 0;
  const random = (count: number) =>
    createHash('shake256', { outputLength: count }).update(`${seed} ${draws++}`).digest();
  const key = newKeyId(random);
  return { key, secret: newSecret(key, random).reveal() };
});

const credentials = fc.oneof(
  headerTexts,
  headerTexts.map(base64),
  fc.tuple(headerTexts, headerTexts).map(([user, password]) => base64(`${user}:${password}`)),
  unknownKeys.map(({ key, secret }) => `kw_${key}_${secret}`),
  unknownKeys.map(({ key, secret }) => base64(`${key}:${secret}`)),
  unknownKeys.map(({ key, secret }) => base64(`kw_${key}_${secret}:`)),
  unknownKeys.map(({ key, secret }) => `kw_${key.toLowerCase()}_${secret.toLowerCase()}`),
  unknownKeys.map(({ key, secret }) => base64(`${key}:${secret}\0`)),
  fc.constantFrom('====', 'YQ', 'Y Q = =', 'K1==', `kw_${'K'.repeat(20)}_${'s'.repeat(40)}`, 'ÿ'.repeat(40), '%6b%77'),
);

const schemes = fc.constantFrom(
  'Basic ',
  'basic ',
  'Bearer ',
  'BEARER\t',
  'Bearer',
  'Basic',
  'Digest ',
  'Negotiate ',
  '',
  'Bearer  ',
);

/** One carrier or several, none of which carries a key that exists. */
const hostileCarriers: fc.Arbitrary<Headers> = fc.array(
  fc.oneof(
    fc.tuple(schemes, credentials).map(([scheme, text]): [string, string] => ['authorization', scheme + text]),
    credentials.map((text): [string, string] => ['x-api-key', text]),
    unknownKeys.map(({ key, secret }): [string, string] => ['authorization', `Bearer kw_${key}_${secret}`]),
    unknownKeys.map(({ key, secret }): [string, string] => ['authorization', `Basic ${base64(`${key}:${secret}`)}`]),
    fc.constant<[string, string]>(['authorization', `Bearer ${'x'.repeat(9000)}`]),
  ),
  { minLength: 1, maxLength: 3 },
);

const hostileHeaders: fc.Arbitrary<Headers> = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...['idempotency-key', 'cookie', 'origin', 'sec-fetch-site', 'sec-fetch-dest', 'user-agent', 'accept', 'referer'],
      ...['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-method', 'x-forwarded-uri', 'x-original-method'],
      ...['x-original-uri', 'x-key-id', 'x-http-method-override', 'accept-version', 'accept-encoding', 'range', 'via'],
      ...['if-none-match', 'forwarded', 'upgrade', 'x-request-id', 'request-id', 'content-encoding'],
    ),
    fc.oneof(
      headerTexts,
      headerTexts.map(text => `keywright.session_token=${percentEncoded(text).slice(0, 2000)}`),
      fc.constantFrom(
        'keywright.session_token=a.b; keywright.session_token=%E0%A4%A',
        '127.0.0.1, ::1, x',
        'cross-site',
      ),
    ),
  ),
  { minLength: 1, maxLength: 4 },
);

const hostileTypes: fc.Arbitrary<Headers> = fc.constantFrom<Headers[]>(
  JSON_TYPE,
  JSON_TYPE,
  JSON_TYPE,
  [],
  [['content-type', 'application/json; charset=utf-16']],
  [['content-type', 'text/plain']],
  [['content-type', 'application/x-www-form-urlencoded']],
  [['content-type', 'multipart/form-data; boundary=x']],
  [['content-type', 'application/jsonx']],
  [['content-type', '']],
  [['content-type', ';;;']],
  [['content-type', `application/json; ${'a=b;'.repeat(500)}`]],
);

const spoilt = fc
  .tuple(fc.json({ maxDepth: 2 }), fc.nat(), fc.integer({ min: 0, max: 255 }))
  .map(([text, at, byte]) => {
    const bytes = Buffer.from(text);
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  });

/** Bodies that are no JSON object in UTF-8, or too large, or cut off. */
const hostileBodies: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 20, arbitrary: spoilt },
  { weight: 10, arbitrary: fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)) },
  { weight: 10, arbitrary: fc.jsonValue().map(value => Buffer.from(jsonText(value))) },
  {
    weight: 20,
    arbitrary: fc
      .constantFrom(
        ...['', ' ', 'null', 'true', '0', '"text"', '[]', '[{}]', '{', '}', '{"name"}', '{"name":}', '{"name":"a"'],
        ...['{"name":"a",}', "{'name':'a'}", '{name:"a"}', '{"name":"\\ud800"}', '{"name":"\\u0000"}', '{"name":NaN}'],
        ...['{"name":undefined}', '{"a":1}{"b":2}', '\uFEFF{}', '{"name":"a\nb"}', '{"__proto__":{"name":"x"}}'],
        ...['{"constructor":{"prototype":{"polluted":1}}}', '{"credential":1e999}', '/**/{}', 'name=a&b=c', '<a/>'],
      )
      .map(text => Buffer.from(text)),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('c080', 'eda080', 'f5808080', 'ff', '7b22c3227d').map(hex => Buffer.from(hex, 'hex')),
  },
  { weight: 1, arbitrary: fc.constantFrom('[', '{"a":', '[{"a":').map(open => Buffer.from(open.repeat(40_000))) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(limits.bodyBytesMax - 1, limits.bodyBytesMax, limits.bodyBytesMax + 1, limits.bodyBytesMax * 2)
      .map(size => Buffer.from(`"${'a'.repeat(size - 2)}"`)),
  },
);

const segments = fc.oneof(
  fc.constantFrom(
    '%',
    '%zz',
    '%00',
    '%E0%A4%A',
    '%c0%ae%c0%ae',
    '..',
    '.',
    '%2e%2e',
    '%2f',
    'a;b=c',
    '',
    '*',
    ':key',
    '{key}',
  ),
  fc.constantFrom(
    'access-keys',
    'Access-Keys',
    'members',
    'auth',
    'projects',
    'verify',
    'v1',
    'profile',
    'events',
    '\xff\xfe',
  ),
  hostileTexts.map(text => percentEncoded(text).slice(0, 2000)),
);

/** Addresses that are none of ours, or nearly. */
const hostilePaths: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('/', '/v1/', '/v1/access-keys/', '/v1/projects/', '/api/auth/', '//v1/', '/V1/', '/assets/'),
    fc.array(segments, { maxLength: 4 }),
    fc.constantFrom('', '', '?', '?a', '?__proto__=1', '?key=%', '#a'),
  )
  .map(([start, rest, end]) => start + rest.join('/') + end);

/** Forward-auth with garbage wherever a gateway can put some. Only without a carrier of its own does the good one count. */
export function hostileForwardAuth(good: Headers): fc.Arbitrary<Hostile & { mayPass: boolean }> {
  const paths = fc.oneof(
    fc.constantFrom('/v1/auth', '/v1/auth', '/v1/auth?key=1', '/v1/auth?%', `/v1/projects/prj_${'a'.repeat(20)}/auth`),
    fc.constantFrom('/v1/auth/', '/v1/auth#a', '/v1/projects//auth'),
    segments.map(segment => `/v1/projects/${segment}/auth`),
    hostileTexts.map(text => `/v1/auth?${percentEncoded(text).slice(0, 2000)}`),
  );
  const methods = fc.constantFrom('GET', 'GET', 'GET', 'POST', 'OPTIONS', 'PURGE');
  const carriers = fc.option(hostileCarriers, { nil: undefined, freq: 4 });
  return fc.tuple(methods, paths, carriers, hostileHeaders).map(([method, path, carrier, more]) => ({
    sent: { method, path, headers: [...(carrier ?? good), ...more] },
    mayPass: carrier === undefined,
  }));
}

/** Bodies for an address that takes JSON, with the content types that come along. */
export function hostilePosts(path: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Hostile> {
  const json = values.map(value => ({ sent: { method: 'POST', path, headers: JSON_TYPE, body: jsonText(value) } }));
  const bytes = fc
    .tuple(hostileBodies, hostileTypes, hostileHeaders, fc.boolean())
    .map(([body, types, more, plain]) => ({
      sent: { method: 'POST', path, headers: plain ? types : joined(types, more), body },
    }));
  return fc.oneof({ weight: 2, arbitrary: json }, { weight: 1, arbitrary: bytes });
}
