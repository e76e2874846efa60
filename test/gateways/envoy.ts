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
 * What Envoy does with a request, as its source says: each step names its file. The options are those that the document uses; the
 * imitation knows no others.
 */
const typed = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject({ '@type': z.string(), ...shape });
const exact = z.strictObject({ patterns: z.array(z.strictObject({ exact: z.string() })) });

/** As protobuf writes durations; in milliseconds. */
const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?s$/)
  .transform(text => Number.parseFloat(text) * 1000);

/** RE2 as far as JavaScript reads it the same, for the whole of a name. Envoy keeps method and path among the headers. */
const names = z
  .strictObject({ safe_regex: z.strictObject({ regex: z.string() }) })
  .transform(({ safe_regex }) => new RegExp(`^(?:${safe_regex.regex})$`))
  .refine(names => ![':method', ':path', ':authority', ':scheme'].some(name => names.test(name)));

const headerMutation = typed({
  mutations: z.strictObject({
    request_mutations: z.array(
      z.union([
        z.strictObject({ remove: z.string() }),
        z.strictObject({ remove_on_match: z.strictObject({ key_matcher: names }) }),
      ]),
    ),
  }),
});

const extAuthz = typed({
  encode_raw_headers: z.literal(true),
  status_on_error: z.strictObject({ code: z.literal('ServiceUnavailable') }),
  allowed_headers: exact,
  http_service: z.strictObject({
    server_uri: z.strictObject({ uri: z.url(), cluster: z.literal('keywright'), timeout: seconds }),
    path_prefix: z.string().startsWith('/'),
    authorization_request: z.strictObject({
      headers_to_add: z.tuple([
        z.strictObject({
          key: z.string(),
          value: z.literal('%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%'),
        }),
      ]),
    }),
    authorization_response: z.strictObject({ allowed_upstream_headers: exact }),
  }),
});

const virtualHost = z.strictObject({
  name: z.literal('api'),
  domains: z.tuple([z.literal('*')]),
  request_headers_to_remove: z.array(z.string()),
  routes: z.tuple([
    z.strictObject({
      match: z.strictObject({ prefix: z.literal('/') }),
      route: z.strictObject({ cluster: z.literal('api') }),
    }),
  ]),
});

const connectionManager = typed({
  stat_prefix: z.string(),
  use_remote_address: z.literal(true),
  route_config: z.strictObject({ virtual_hosts: z.tuple([virtualHost]) }),
  http_filters: z.tuple([
    z.strictObject({ name: z.literal('envoy.filters.http.header_mutation'), typed_config: headerMutation }),
    z.strictObject({ name: z.literal('envoy.filters.http.ext_authz'), typed_config: extAuthz }),
    z.strictObject({ name: z.literal('envoy.filters.http.router'), typed_config: typed({}) }),
  ]),
});

const filter = z.strictObject({
  name: z.literal('envoy.filters.network.http_connection_manager'),
  typed_config: connectionManager,
});
const listener = z.strictObject({
  name: z.string(),
  address: z.unknown(),
  filter_chains: z.tuple([z.strictObject({ filters: z.tuple([filter]) })]),
});
const bootstrap = z.strictObject({
  static_resources: z.strictObject({
    listeners: z.tuple([listener]),
    clusters: z.tuple([
      z.strictObject({ name: z.literal('keywright'), load_assignment: z.unknown() }),
      z.strictObject({ name: z.literal('api'), load_assignment: z.unknown() }),
    ]),
  }),
});

export function envoyRules(text: string): Rules {
  const { filter_chains } = bootstrap.parse(parse(text)).static_resources.listeners[0];
  const { route_config, http_filters } = filter_chains[0].filters[0].typed_config;
  const { request_mutations } = http_filters[0].typed_config.mutations;
  const { allowed_headers, http_service } = http_filters[1].typed_config;
  const upstreamHeaders = namesOf(http_service.authorization_response.allowed_upstream_headers);
  return async (received, ask) => {
    const before = managed(received);
    if (before === undefined) return { status: 400, headers: [], body: '' };
    // source/common/http/http1/codec_impl.cc removes h2c; conn_manager_impl.cc refuses what no route allows, before any filter.
    if (!['h2c', undefined].includes(upgradeOf(received.headers)?.toLowerCase()))
      return { status: 403, headers: [], body: '' };
    // source/common/http/header_mutation.cc: RemoveMutation, RemoveOnMatchMutation.
    const isRemoved = ([name]: Header) =>
      request_mutations.some(one =>
        'remove' in one ? one.remove === name : one.remove_on_match.key_matcher.test(name),
      );
    const passing = { ...before, headers: before.headers.filter(header => !isRemoved(header)) };
    const [added] = http_service.authorization_request.headers_to_add;
    const question = {
      method: passing.method,
      path: http_service.path_prefix + passing.path,
      headers: asked(passing, namesOf(allowed_headers), [added.key, passing.address]),
    };
    // RawHttpClientImpl::check: AsyncClient::RequestOptions::setTimeout, for the whole of the answer.
    const answer = await ask(question, http_service.server_uri.timeout);
    // RawHttpClientImpl::toResponse: an error without an answer or with 5xx, a yes with 200 alone, and all else is the client's answer.
    if (answer === undefined || answer.status >= 500) return { status: 503, headers: [], body: '' };
    const said = pairsOf(answer.rawHeaders);
    if (answer.status !== 200) return { status: answer.status, headers: said, body: answer.body };
    // source/extensions/filters/http/ext_authz/ext_authz.cc, onComplete: setCopy replaces what is there under the name.
    const told = said.filter(isNamed(...upstreamHeaders));
    const headers = withHeaders(passing.headers, told);
    // The router, which is the last filter, removes what the virtual host says.
    return { ...passing, headers: without(headers, ...route_config.virtual_hosts[0].request_headers_to_remove) };
  };
}

const namesOf = ({ patterns }: z.infer<typeof exact>) => patterns.map(pattern => pattern.exact);

/** What the connection manager makes of a request before any filter sees it; undefined: 400. */
function managed(received: Passing): Passing | undefined {
  // source/common/http/http1/codec_impl.cc: names in lower case.
  const headers = received.headers.map(([name, value]): Header => [name.toLowerCase(), value]);
  // source/common/http/utility.cc, sanitizeConnectionHeader: fewer than ten, and none that says from where the request comes.
  const named = headers.filter(isNamed('connection')).flatMap(([, value]) => value.toLowerCase().split(','));
  const nominated = named.map(name => name.trim()).filter(name => !['close', 'keep-alive', 'upgrade'].includes(name));
  const isRefused = (name: string) => /^:|^x-forwarded-(for|host|proto)$/.test(name);
  if (named.length >= 10 || nominated.some(isRefused)) return undefined;
  const kept = without(headers, 'connection', 'keep-alive', 'proxy-connection', 'upgrade', ...nominated);
  // source/common/http/conn_manager_utility.cc, mutateRequestHeaders, with use_remote_address.
  const before = kept.filter(isNamed('x-forwarded-for')).map(([, value]) => value);
  const outer = kept.filter(([name]) => !name.startsWith('x-envoy-'));
  const own: Header[] = [
    ['x-forwarded-for', [...before, received.address].join(',')],
    ['x-forwarded-proto', 'http'],
    ['x-envoy-external-address', received.address],
  ];
  return { ...received, headers: withHeaders(outer, own) };
}

/**
 * source/extensions/filters/common/ext_authz/ext_authz_http_impl.cc, check: the listed headers, `authorization` and `content-length: 0`
 * always, and over them what is added. No X-Forwarded-For of its own (setSendXff).
 */
function asked({ headers }: Passing, allowed: readonly string[], added: Header): Header[] {
  const listed = headers.filter(isNamed('authorization', ...allowed));
  return withHeaders(listed, [added]);
}
