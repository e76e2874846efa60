/**
 * Whether an Accept header prefers HTML to JSON, as the address bar of a browser does; who takes both alike gets JSON.
 * Source: RFC 9110, 12.5.1.
 */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = accept.split(',').map(readRange);
  const json = Math.max(qualityOf('application/json', ranges), qualityOf('application/problem+json', ranges));
  return qualityOf('text/html', ranges) > json;
}

interface Range {
  type: string;
  quality: number;
}

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase());
  const given = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
  const quality = given === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given) ? Number(given) : 0;
  return { type, quality };
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const fitting = [type, `${type.split('/', 1)[0]}/*`, '*/*'].map(one => ranges.find(range => range.type === one));
  return fitting.find(range => range !== undefined)?.quality ?? 0;
}
