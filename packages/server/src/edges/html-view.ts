import { hash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { contract, formatPath, type Operation, pathFields } from '@keywright/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { prefersHtml } from './accept.ts';
import { escaped } from './html.ts';
import { methodsAt } from './not-found.ts';

/** What a page of the API shows: an answer, with the request that it belongs to. */
interface View {
  origin: string;
  method: string;
  /** Path and query. */
  url: string;
  status: number;
  title: string;
  /** A sentence more, where there is one. */
  detail?: string | undefined;
  body: unknown;
}

const STYLE = `:root{color-scheme:light dark;background:Canvas;color:CanvasText;font:16px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:64rem;padding:1.5rem}
h1{margin:.5rem 0}code,pre{font:.9em/1.6 ui-monospace,monospace}pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:1rem;border:1px solid #8886;border-radius:.5rem}
nav code,p code{overflow-wrap:anywhere}b,i,span{font-weight:normal;font-style:normal;unicode-bidi:isolate}b{color:light-dark(#7a1f6b,#e9b3de)}i{color:light-dark(#1d5c2e,#9fd8ae)}footer a{margin-right:1rem}`;

/** No script at all, and the one style that stands in the page. */
const VIEW_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sends JSON; where a browser asks for what can be read below /v1, the same as a page. */
export function sendJson(
  app: App,
  request: FastifyRequest,
  reply: FastifyReply,
  body: object,
  { title, detail, type = 'application/json; charset=utf-8' }: { title: string; detail?: string; type?: string },
): FastifyReply {
  const { method, url } = request;
  reply.header('cache-control', 'no-store');
  const isView = (method === 'GET' || method === 'HEAD') && /^\/v1([/?]|$)/.test(url);
  if (isView) reply.header('vary', 'Accept');
  if (!isView || !prefersHtml(request.headers.accept))
    return reply.header('content-type', type).serializer(JSON.stringify).send(body);
  const view = { origin: app.origin(), method, url, status: reply.statusCode, title, detail, body };
  return reply.type('text/html; charset=utf-8').header('content-security-policy', VIEW_POLICY).send(viewPage(view));
}

/** An answer of the API as a page that a person can read and walk through: the same JSON, with links. */
function viewPage(view: View): string {
  const { origin, method, url, status, title, detail } = view;
  const address = `${origin}${url.replaceAll("'", '%27')}`;
  const next = nextPage(view);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(`${title} · Keywright`)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head><body><header><nav aria-label="Address"><code>${crumbs(origin, url)}</code></nav>
<h1>${escaped(title)}</h1><p><code>${escaped(method)} ${escaped(url)}</code> · ${status} ${STATUS_CODES[status] ?? ''}</p></header>
<main>${detail === undefined ? '' : `<p>${escaped(detail)}</p>`}<pre>${shown(view.body, view, '')}</pre>${next && `<p><a rel="next" href="${escaped(next)}">Next page</a></p>`}</main>
<footer><p>The same in a terminal, with an access key and its secret:</p><pre>${escaped(`curl --user "$KEY:$SECRET" '${address}'`)}</pre>
<p><a href="/">To the console</a><a href="/docs">API reference</a><a href="/graphql">GraphiQL</a></p></footer></body></html>`;
}

/** The address, each part of which that can be read is a link. */
function crumbs(origin: string, url: string): string {
  const parts = (url.split('?', 1)[0] ?? '').split('/').slice(1);
  const linked = parts.map((part, index) => {
    const path = `/${parts.slice(0, index + 1).join('/')}`;
    const text = escaped(part);
    return methodsAt(path).includes('GET') ? `/<a href="${escaped(path)}">${text}</a>` : `/${text}`;
  });
  return escaped(origin) + linked.join('');
}

function shown(value: unknown, view: View, indent: string): string {
  if (typeof value === 'string') return textShown(value, view);
  if (typeof value !== 'object' || value === null) return `<b>${escaped(String(value))}</b>`;
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map(item => shown(item, view, deeper))
    : Object.entries(value)
        .filter(([, part]) => part !== undefined)
        .map(([name, part]) => `<span>${quoted(name)}</span>: ${shown(part, view, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return lines.length === 0
    ? `${open}${close}`
    : `${open}\n${lines.map(line => deeper + line).join(',\n')}\n${indent}${close}`;
}

function textShown(text: string, view: View): string {
  const link = linkOf(text, view);
  return link === undefined ? `<i>${quoted(text)}</i>` : `<a href="${escaped(link)}">${quoted(text)}</a>`;
}

function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

/** The operations that show an object by its id. */
const OBJECTS: readonly [id: RegExp, entry: Operation][] = [
  [/^KW[A-Z2-7]{18}$/, contract.getAccessKey],
  [/^mem_[a-z2-7]{20}$/, contract.getMember],
  [/^sva_[a-z2-7]{20}$/, contract.getServiceAccount],
  [/^prj_[a-z2-7]{20}$/, contract.getProject],
  [/^api_[a-z2-7]{20}$/, contract.getApi],
];

/** Where a text leads: to a page of this server only, whoever wrote it. */
function linkOf(text: string, { origin, url }: View): string | undefined {
  if (text.startsWith(`${origin}/v1/`)) return text.slice(origin.length);
  if (/^\/docs#[\w-]+$/.test(text)) return text;
  const entry = OBJECTS.find(([id]) => id.test(text))?.[1];
  const [field] = entry === undefined ? [] : pathFields(entry);
  if (entry === undefined || field === undefined) return undefined;
  const { path } = formatPath(entry, { [field]: text });
  // At the endpoint of a project, to what can be reached there.
  const endpoint = /^\/v1\/projects\/[^/?]+(?=\/)/.exec(url)?.[0];
  if (endpoint === undefined || entry === contract.getProject) return `/v1${path}`;
  return entry.inProject ? `${endpoint}${path}` : undefined;
}

/** The address of the next page of a list, or nothing. */
function nextPage({ url, body }: View): string {
  const cursor = (body as { nextCursor?: unknown } | null)?.nextCursor;
  if (typeof cursor !== 'string') return '';
  const [path, query] = url.split('?', 2);
  const fields = new URLSearchParams(query);
  fields.set('cursor', cursor);
  return `${path}?${fields}`;
}
