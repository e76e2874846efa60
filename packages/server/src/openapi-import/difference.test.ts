import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileEndpoints, type EndpointMatcher, endpointId, limits, reads } from '@keywright/core';
import type { GrantedKey, StoredEndpoint } from '@keywright/store';
import fc from 'fast-check';
import { differenceOf } from './difference.ts';

const API = 'api_a';

/** An endpoint of a line such as `POST /search reads`; without a word it reads as its method does. */
function endpoint(line: string): StoredEndpoint {
  const [method = '', path = '', word] = line.split(' ');
  const itReads = word === undefined ? reads(method) : word === 'reads';
  return { id: endpointId(method, path), method, path, reads: itReads, name: null, summary: null, tag: null };
}

function keyWith(...ids: string[]): GrantedKey {
  return { key: 'KWAAAAAAAAAAAAAAAAAA' as GrantedKey['key'], name: null, owner: 'own_a', grants: { [API]: ids } }; // a key id by its form
}

const widenedOf = (before: string[], after: string[], ...lists: string[][]) =>
  differenceOf(
    API,
    before.map(endpoint),
    after.map(endpoint),
    lists.map(ids => keyWith(...ids)),
  ).widened;

describe('what lets keys call more than before', () => {
  const rows: [name: string, before: string[], after: string[], held: string[], widened: string[]][] = [
    [
      'an endpoint goes that one held can stand for',
      ['POST /a/{y}', 'POST /{x}/b'],
      ['POST /{x}/b'],
      ['POST /{}/b'],
      ['POST /a/{}'],
    ],
    ['the same for a literal', ['POST /a/c', 'POST /{x}/{y}'], ['POST /{x}/{y}'], ['POST /{}/{}'], ['POST /a/c']],
    ['the same in another case', ['GET /a/b', 'GET /A/{y}'], ['GET /A/{y}'], ['GET /A/{}'], ['GET /a/b']],
    ['the same in mixed segments', ['GET /{x}.json', 'GET /a{y}'], ['GET /a{y}'], ['GET /a{}'], ['GET /{}.json']],
    [
      'an endpoint goes before which one held was found',
      ['POST /a/{y}', 'POST /a/b'],
      ['POST /a/b'],
      ['POST /a/b'],
      [],
    ],
    ['a HEAD goes that a GET answers', ['HEAD /a', 'GET /{x}'], ['GET /{x}'], ['GET /{}'], ['HEAD /a']],
    ['a GET goes beside a HEAD', ['GET /a', 'HEAD /{x}'], ['HEAD /{x}'], ['HEAD /{}'], []],
    ['one of another method goes', ['PUT /a/{y}', 'POST /{x}/b'], ['POST /{x}/b'], ['POST /{}/b'], []],
    [
      'one goes with which nothing is shared',
      ['POST /a/{y}', 'POST /{x}/b/c'],
      ['POST /{x}/b/c'],
      ['POST /{}/b/c'],
      [],
    ],
    ['both are held', ['POST /a/{y}', 'POST /{x}/b'], ['POST /{x}/b'], ['POST /{}/b', 'POST /a/{}'], []],
    ['one comes that takes from a writing one', ['GET /{x}/b writes'], ['GET /{x}/b', 'GET /a/{y}'], [], ['GET /a/{}']],
    ['a HEAD comes that takes from a writing GET', ['GET /{x} writes'], ['GET /{x}', 'HEAD /a'], [], ['HEAD /a']],
    ['one comes that shares nothing with it', ['GET /{x}/b writes'], ['GET /{x}/b', 'GET /a/c'], [], []],
    [
      'one goes that writes beside one that reads',
      ['POST /a/{y}', 'POST /{x}/b reads'],
      ['POST /{x}/b'],
      [],
      ['POST /a/{}'],
    ],
    ['the only GET that writes goes', ['GET /out writes', 'GET /a'], ['GET /a'], [], ['GET /out']],
    ['one comes of which a grant was left', ['GET /a'], ['GET /a', 'GET /b'], ['GET /b'], ['GET /b']],
    ['nothing changes', ['GET /{x} writes', 'GET /a'], ['GET /{x}', 'GET /a'], ['GET /a'], []],
  ];
  for (const [name, before, after, held, widened] of rows)
    test(name, () => {
      const lines = widenedOf(before, after, held);
      assert.deepEqual(
        lines.map(line => line.endpoint),
        widened,
        JSON.stringify(lines),
      );
    });

  test('it says how many keys gain, and by what', () => {
    const left = ['POST /{x}/b', 'POST /{x}/c', 'POST /z'];
    const lists = [['POST /{}/b'], ['POST /{}/c', 'POST /{}/b'], ['POST /z'], ['POST /a/{}', 'POST /{}/b']];
    assert.deepEqual(widenedOf(['POST /a/{y}', ...left], left, ...lists), [
      {
        endpoint: 'POST /a/{}',
        why: '2 access keys hold a grant for POST /{}/b or 1 more, which then match requests of it',
      },
    ]);
    const [line] = widenedOf(['POST /a/{y}', ...left], left, ['POST /{}/c']);
    assert.equal(line?.why, '1 access key holds a grant for POST /{}/c, which then matches requests of it');
  });

  test('of as many endpoints as there can be nothing is compared without end: what is not compared counts', () => {
    const many = (name: string) =>
      Array.from({ length: limits.endpointsPerApiMax / 2 }, (_, n) => `POST /{x}/${name}${n}`);
    const [gone, left] = [many('a'), many('b')];
    const begun = process.cpuUsage();
    const lines = widenedOf(
      [...gone, ...left],
      left,
      left.map(line => line.replace('{x}', '{}')),
    );
    const spent = process.cpuUsage(begun);
    const took = (spent.user + spent.system) / 1000;
    assert.ok(lines.length > 0 && lines.length < gone.length, String(lines.length));
    assert.match(lines.at(-1)?.why ?? '', /too many endpoints/);
    assert.ok(took < 2000, `it took ${took} ms`);
  });
});

const METHODS = ['GET', 'HEAD', 'POST'];
const SEGMENTS = ['a', 'b', 'A', '{x}', '{x}', 'a-{x}', '{x}.b', '{x}-{y}'];
const VALUES = ['a', 'b', 'A', 'B', 'a-b', 'A-b.b', 'a.b', 'b-a'];
const REQUESTS = METHODS.flatMap(method =>
  VALUES.flatMap(one => [`/${one}`, ...VALUES.map(two => `/${one}/${two}`)]).map(path => ({ method, path })),
);
const path = fc.array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 2 }).map(parts => `/${parts.join('/')}`);
const line = fc
  .tuple(fc.constantFrom(...METHODS), path, fc.constantFrom('reads', 'writes'))
  .map(parts => parts.join(' '));
const idOf = (one: string) => endpoint(one).id;
const change = fc
  .record({
    kept: fc.uniqueArray(line, { maxLength: 3, selector: idOf }),
    gone: fc.uniqueArray(line, { maxLength: 2, selector: idOf }),
    come: fc.uniqueArray(line, { maxLength: 2, selector: idOf }),
  })
  .chain(({ kept, gone, come }) => {
    const ids = [...kept, ...gone, ...come].map(idOf);
    const list = ids.length === 0 ? fc.constant<string[]>([]) : fc.array(fc.constantFrom(...ids), { maxLength: 3 });
    const byId = (lines: string[]) => [...new Map(lines.map(one => [idOf(one), one])).values()];
    return fc.record({
      before: fc.constant(byId([...gone, ...kept])),
      after: fc.constant(byId([...kept, ...come])),
      list,
    });
  });

test('whatever a key can call afterwards only, by the real matcher, the difference names what lets it', () => {
  let times = 0;
  fc.assert(
    fc.property(change, ({ before, after, list }) => {
      const had = before.map(endpoint);
      const difference = differenceOf(API, had, after.map(endpoint), [keyWith(...list)]);
      const named = new Set(difference.widened.map(one => one.endpoint));
      const added = new Set(difference.added.map(({ id }) => id));
      const [was, is] = [compileEndpoints(had), compileEndpoints(difference.after)];
      const careless = compileEndpoints(had.map(withoutCase));
      for (const { method, path: asked } of REQUESTS) {
        const [one, next] = [was.find(method, asked), is.find(method, asked)];
        const gains = next !== undefined && list.includes(next.id) && !(one && list.includes(one.id));
        // That a new endpoint which reads can be called by keys that read is what they are for.
        const isNew = one === undefined && next !== undefined && added.has(next.id);
        const nowReads = !isNew && isRead(is, method, asked) && !isRead(was, method, asked);
        // Who may call all that a request could be read as gains nothing when it is read as one of them.
        const couldBeRead = one === undefined && next !== undefined && !isNew;
        const others = couldBeRead
          ? difference.removed.filter(gone => withoutCase(gone).id === careless.find(method, asked.toLowerCase())?.id)
          : [];
        if (couldBeRead && gains && others.every(({ id }) => list.includes(id))) continue;
        if (couldBeRead && nowReads && others.every(gone => gone.reads)) continue;
        if (!gains && !nowReads) continue;
        times++;
        const responsible = [one, next, ...others].flatMap(each => each?.id ?? []);
        const isNamed = responsible.length === 0 ? named.size > 0 : responsible.some(id => named.has(id));
        assert.ok(isNamed, `${method} ${asked} was ${one?.id}, is ${next?.id}`);
      }
    }),
    { numRuns: 2500 },
  );
  assert.ok(times > 2500, String(times));
});

function isRead(matcher: EndpointMatcher, method: string, asked: string): boolean {
  return matcher.find(method, asked)?.reads ?? (reads(method) && !matcher.readsMayWrite);
}

/** The endpoint as a server that does not mind the case sees it. */
function withoutCase({ method, path: template, ...one }: StoredEndpoint): StoredEndpoint {
  const lower = template.toLowerCase();
  return { ...one, id: endpointId(method, lower), method, path: lower };
}
