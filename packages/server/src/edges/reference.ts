import {
  inputProperties,
  isInQuery,
  nounInWords,
  type Operation,
  operations,
  pathFields,
  type Schema,
} from '@keywright/contract';
import { ERRORS } from '@keywright/core';
import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';
import { PAGE_POLICY } from './console.ts';
import { escaped } from './html.ts';
import { openApiDocument } from './openapi.ts';

/** `/openapi.json`, and `/docs`: the same contract for people, without any script. Written when they are first asked for: no start waits for that. */
export async function serveReference(server: FastifyInstance, app: App): Promise<void> {
  let document: string | undefined;
  let page: string | undefined;
  server.get('/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(app.version));
    return reply.type('application/json').send(document);
  });
  server.get('/docs', (_request, reply) => {
    page ??= referencePage();
    return reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(page);
  });
}

const STYLE = `:root{color-scheme:light dark;background:Canvas;color:CanvasText;font:16px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:64rem;padding:1.5rem}
h1{margin-top:0}h2{margin-top:3rem;border-bottom:1px solid}h3{margin-bottom:.25rem}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8886;vertical-align:top}
.scroll{overflow-x:auto}nav ul{columns:14rem;padding-left:1.2rem}:target{outline:2px solid;outline-offset:.4rem}`;

function referencePage(): string {
  const nouns = [...new Set(operations.map(entry => entry.noun))];
  const contents = operations.map(entry => `<li><a href="#${entry.name}">${entry.name}</a></li>`).join('');
  const sections = nouns.map(noun => {
    const entries = operations.filter(entry => entry.noun === noun).map(sectionOf);
    return `<section><h2>${escaped(nounInWords(noun, true))}</h2>${entries.join('')}</section>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Keywright API reference</title><link rel="icon" href="/key.svg" type="image/svg+xml"><style>${STYLE}</style></head><body><header><h1>Keywright API reference</h1>
<p>Send an access key as <code>Authorization: Basic key:secret</code>, <code>Authorization: Bearer token</code> or <code>X-API-Key: token</code>.
The same as a machine reads it: <a href="/openapi.json">OpenAPI document</a>. To try it out: <a href="/graphql">GraphiQL</a>. <a href="/">To the console</a>.</p></header>
<nav aria-label="Operations"><ul>${contents}<li><a href="#forward-auth">Forward-auth</a></li></ul></nav><main>${sections.join('')}${FORWARD_AUTH}${errorsSection()}</main></body></html>`;
}

/** What gateways ask is no operation: it answers by its status and headers. */
const FORWARD_AUTH = `<section id="forward-auth"><h2>Forward-auth</h2><p>A gateway asks before it lets a request through: <code>GET /v1/auth</code>,
<code>GET /v1/projects/{project}/auth</code> for keys of a project, and each with <code>/apis/{api}</code> before <code>/auth</code> for permissions at one of your APIs.
With the id of an API that is not one of the key's account, every key is <code>unknown</code>.
It sends the headers of the original request, with its method and address in <code>X-Forwarded-Method</code> and <code>X-Forwarded-Uri</code>
(or <code>X-Original-Method</code> and <code>X-Original-URI</code>, as the server is configured).</p><p>204: the request may pass, and <code>X-Key-Id</code>, <code>X-Key-Owner</code>, <code>X-Key-Account</code>,
<code>X-Key-Project</code> and <code>X-Key-Permission</code> say whose it is. 401 or 403: it may not, and <code>X-Key-Reason</code> says why. 503: it cannot be said now.</p></section>`;

function sectionOf(entry: Operation): string {
  const fields = Object.entries(inputProperties(entry));
  const rows = fields.map(
    ([name, schema]) =>
      `<tr><td><code>${name}</code></td><td>${placeOf(entry, name)}</td><td>${typeOf(schema)}</td><td>${markup(schema.description ?? '')}</td></tr>`,
  );
  const head =
    '<tr><th scope="col">Field</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr>';
  const table =
    fields.length === 0
      ? ''
      : `<div class="scroll" tabindex="0" role="region" aria-label="Fields of ${entry.name}"><table><thead>${head}</thead><tbody>${rows.join('')}</tbody></table></div>`;
  const cli = entry.cli ? `<p>Command line: <code>keywright ${entry.cli}</code></p>` : '';
  return `<article id="${entry.name}"><h3>${escaped(entry.summary)}</h3><p><code>${entry.method} /v1${entry.path}</code> · <code>${entry.name}</code></p>
<p>${markup(entry.description ?? '')}</p>${cli}${table}</article>`;
}

function placeOf(entry: Operation, field: string): string {
  if (pathFields(entry).includes(field)) return 'path';
  return isInQuery(entry, field) ? 'query' : 'body';
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map(value => `<code>${escaped(String(value))}</code>`).join(' ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  return schema.type === 'array' ? `list of ${typeOf(schema.items ?? {})}` : escaped(schema.type ?? 'any');
}

function errorsSection(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, meaning }]) =>
      `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td><td>${escaped(meaning)}</td></tr>`,
  );
  return `<section><h2>Errors</h2><div class="scroll" tabindex="0" role="region" aria-label="Errors"><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function markup(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
