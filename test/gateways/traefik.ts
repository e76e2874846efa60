import { posix } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  type Header,
  isNamed,
  type Passing,
  pairsOf,
  type Rules,
  upgradeOf,
  withHeaders,
  without,
} from './imitation.ts';

/**
 * What Traefik 3.7 does with a request, as its source says: each step names its file. The options are those that the document uses;
 * the imitation knows no others.
 */
const staticOptions = z.strictObject({
  entryPoints: z.strictObject({
    web: z.strictObject({
      address: z.string(),
      http: z.strictObject({ aliasHeadersStrategy: z.literal('delete') }),
    }),
  }),
  providers: z.strictObject({ file: z.strictObject({ filename: z.string() }) }),
});

const dynamicOptions = z.strictObject({
  http: z.strictObject({
    routers: z.strictObject({
      api: z.strictObject({
        entryPoints: z.tuple([z.literal('web')]),
        rule: z.string(),
        middlewares: z.tuple([z.literal('keywright'), z.literal('cleaned')]),
        service: z.literal('api'),
      }),
    }),
    middlewares: z.strictObject({
      keywright: z.strictObject({
        forwardAuth: z.strictObject({
          address: z.url(),
          trustForwardHeader: z.literal(false),
          authRequestHeaders: z.array(z.string()),
          authResponseHeaders: z.array(z.string()),
          maxResponseBodySize: z.number(),
        }),
      }),
      cleaned: z.strictObject({
        headers: z.strictObject({ customRequestHeaders: z.record(z.string(), z.literal('')) }),
      }),
    }),
    services: z.strictObject({
      api: z.strictObject({ loadBalancer: z.strictObject({ servers: z.tuple([z.strictObject({ url: z.url() })]) }) }),
    }),
  }),
});

/** Of http.Client in NewForward of pkg/middlewares/auth/forward.go: no option changes it. */
const ANSWER_MS = 30_000;

/** The headers that Traefik manages itself: XHeadersSet of pkg/middlewares/forwardedheaders/forwarded_header.go. */
const MANAGED = [
  ...['Proto', 'For', 'Host', 'Port', 'Server', 'Uri', 'Method', 'Prefix', 'Scheme'].map(name => `X-Forwarded-${name}`),
  ...['X-Forwarded-Tls-Client-Cert', 'X-Forwarded-Tls-Client-Cert-Info', 'X-Scheme', 'X-Real-Ip'],
];

export function traefikRules(staticText: string, dynamicText: string): Rules {
  staticOptions.parse(parse(staticText));
  const { middlewares } = dynamicOptions.parse(parse(dynamicText)).http;
  const { forwardAuth } = middlewares.keywright;
  const removed = Object.keys(middlewares.cleaned.headers.customRequestHeaders);
  return async (received, ask) => {
    const passing = atEntryPoint(received);
    const question = {
      method: 'GET',
      path: new URL(forwardAuth.address).pathname,
      headers: asked(passing, forwardAuth),
    };
    const answer = await ask(question, ANSWER_MS);
    // pkg/middlewares/auth/forward.go, ServeHTTP: 500 without an answer, and all but 2xx is the client's answer.
    if (answer === undefined) return { status: 500, headers: [], body: '' };
    const said = pairsOf(answer.rawHeaders);
    if (answer.status < 200 || answer.status >= 300) return { status: answer.status, headers: said, body: answer.body };
    const told = said.filter(isNamed(...forwardAuth.authResponseHeaders));
    const headers = [...without(passing.headers, ...forwardAuth.authResponseHeaders), ...told];
    // pkg/middlewares/headers/header.go, modifyCustomRequestHeaders: a custom header without a value is removed.
    return proxied({ ...passing, headers: without(headers, ...removed) });
  };
}

/** pkg/server/server_entrypoint_tcp.go, newHTTPServer, from the outermost handler inwards. */
function atEntryPoint(received: Passing): Passing {
  const { address } = received;
  // What docs/content/security/header-aliases.md says of `delete`; then forwardedheaders.XForwarded: DeleteXForwardedHeaders, rewrite, removeConnectionHeaders.
  const kept = without(
    received.headers.filter(([name]) => !/[^A-Za-z0-9-]/.test(name)),
    ...MANAGED,
  );
  const host = kept.find(isNamed('Host'))?.[1] ?? '';
  const named = kept.filter(isNamed('Connection')).flatMap(([, value]) => value.split(',').map(name => name.trim()));
  const headers: Header[] = [
    ...without(kept, 'Connection', ...named),
    ...keptUpgrade(kept),
    ['X-Real-Ip', address],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', '80'],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Server', 'traefik'],
  ];
  return { ...received, path: tidiedByTraefik(received.path), headers };
}

/** removeConnectionHeaders of the same file, and Go's ReverseProxy likewise: what Connection names goes, but for an upgrade. */
function keptUpgrade(headers: readonly Header[]): Header[] {
  const upgrade = upgradeOf(headers);
  return upgrade === undefined
    ? []
    : [
        ['Connection', 'Upgrade'],
        ['Upgrade', upgrade],
      ];
}

/** The same file, normalizePath and then sanitizePath: letters and digits need no escape, escapes are in upper case, no segment is empty or dots. */
export function tidiedByTraefik(target: string): string {
  const [path = '', ...query] = target.split('?');
  const normal = path.replace(/%[0-9a-f]{2}/gi, code => {
    const letter = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[\w.~-]/.test(letter) ? letter : code.toUpperCase();
  });
  return [posix.normalize(normal).replace(/^\/+/, '/'), ...query].join('?');
}

/** pkg/middlewares/auth/forward.go, writeHeader: nothing of the client's word, only listed headers, and then what is true. */
function asked(
  { method, path, headers, address }: Passing,
  { authRequestHeaders }: { authRequestHeaders: string[] },
): Header[] {
  const hop = ['Connection', 'Keep-Alive', 'Te', 'Trailers', 'Transfer-Encoding', 'Upgrade'];
  const listed = without(headers, ...hop, ...MANAGED).filter(isNamed(...authRequestHeaders));
  const host = headers.find(isNamed('Host'))?.[1] ?? '';
  return [
    ...listed,
    ['X-Forwarded-For', address],
    ['X-Forwarded-Method', method],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', '80'],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Uri', path],
  ];
}

/** pkg/proxy/httputil/proxy.go, rewriteRequestBuilder; Go's ReverseProxy drops the headers of the hop but for the body's framing. */
function proxied(passing: Passing): Passing {
  const [path = '', ...query] = passing.path.split('?');
  const target = [path, ...query.map(part => part.replaceAll(';', '&'))].join('?');
  const own = without(passing.headers, 'Connection', 'Keep-Alive', 'Proxy-Connection', 'Te', 'Trailer', 'Upgrade');
  const set: Header[] = [...keptUpgrade(passing.headers), ['X-Forwarded-For', passing.address]];
  return { ...passing, path: target, headers: withHeaders(own, set) };
}
