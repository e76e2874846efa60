import { invalid, whyNotTemplate } from '@keywright/core';
import { isFields, own, shown } from './references.ts';

/** What a person wants before the paths: `/v2`; empty, or a slash alone, for nothing. */
export function givenBasePath(text: string): string {
  const path = text.replace(/\/+$/, '');
  const problem = problemOf(path);
  if (problem !== undefined) throw invalid('basePath', 'template', problem);
  return path;
}

/** The path of the first server, with the defaults of its variables; undefined when there is none. */
export function basePathOf(servers: unknown, place: string): string | undefined {
  if (servers === undefined || (Array.isArray(servers) && servers.length === 0)) return undefined;
  const [server] = Array.isArray(servers) ? servers : [];
  const template = isFields(server) ? own(server, 'url') : undefined;
  if (!isFields(server) || typeof template !== 'string')
    throw invalid('document', 'servers', `must have a list of objects with url as ${place}`);
  const variables = own(server, 'variables');
  const text = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => defaultOf(variables, name));
  // A server without a host is relative to where the document is.
  const path = URL.parse(text, 'http://document.invalid/')?.pathname.replace(/\/+$/, '');
  const problem = path === undefined ? 'is no address' : problemOf(path);
  if (path === undefined || problem !== undefined)
    throw invalid(
      'document',
      'servers',
      `has a server whose path ${problem}: ${shown(template)}. Give basePath to go without it`,
    );
  return path;
}

function defaultOf(variables: unknown, name: string): string {
  const variable = isFields(variables) ? own(variables, name) : undefined;
  const value = isFields(variable) ? own(variable, 'default') : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function problemOf(path: string): string | undefined {
  if (path === '') return undefined;
  return /[{}]/.test(path) ? 'must hold no parameters' : whyNotTemplate(path);
}
