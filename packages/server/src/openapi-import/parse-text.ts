import { invalid, limits } from '@keywright/core';
import { parseDocument } from 'yaml';
import { hasFewParts } from '../json-parts.ts';

/** An object whose first name is quoted, or a list; everything else, such as `{ get: {} }`, is YAML. */
const JSON_BEGINS = /^\s*(\{\s*["}]|\[)/;

/** Reads a JSON or YAML text; what begins like JSON must be JSON. Throws `invalid_value` for the field. */
export function parseText(text: string, field: string): unknown {
  const body = text.replace(/^\ufeff/, '');
  if (body.trim() === '') throw invalid(field, 'empty', 'is empty');
  return JSON_BEGINS.test(body) ? parseJson(body, field) : parseYaml(body, field);
}

function parseJson(text: string, field: string): unknown {
  if (!hasFewParts(text, limits.openapiPartsMax))
    throw invalid(field, 'size', `holds more than ${limits.openapiPartsMax} objects and lists`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = String(error).match(/\(line \d+ column \d+\)/)?.[0] ?? 'at its end';
    throw invalid(field, 'json', `is not valid JSON ${place}`);
  }
}

/** Aliases share what they stand for, and the library refuses those that would multiply it. */
function parseYaml(text: string, field: string): unknown {
  try {
    const parsed = parseDocument(text, { logLevel: 'error' });
    const [error] = parsed.errors;
    if (error === undefined) return parsed.toJS();
    throw invalid(field, 'yaml', `is not valid YAML: ${error.message.split('\n', 1)[0]?.replace(/:$/, '')}`);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(field, 'depth', 'is nested too deeply');
    if (error instanceof ReferenceError)
      throw invalid(field, 'aliases', 'holds aliases of nothing, or such as would multiply it');
    throw error;
  }
}
