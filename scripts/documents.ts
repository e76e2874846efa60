import { ERRORS } from '../packages/core/src/index.ts';
import packageJson from '../packages/server/package.json' with { type: 'json' };
import { graphqlDocument } from '../packages/server/src/graphql/schema.ts';
import { openApiDocument } from '../packages/server/src/index.ts';

/** The files below `docs/` that are made from the code, by their paths. A test compares them with what stands there. */
export function documents(): Record<string, string> {
  return {
    'docs/openapi.json': `${JSON.stringify(openApiDocument(packageJson.version), null, 2)}\n`,
    'docs/schema.graphql': graphqlDocument(),
    'docs/errors.md': errorsPage(),
  };
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, title, meaning }]) => [
    `\`${code}\``,
    String(status),
    title,
    meaning,
  ]);
  return `# Errors

Every refusal is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), \`application/problem+json\`): \`status\`, \`code\`,
\`title\`, \`detail\` for people, \`errors\` with each field that breaks a rule, and the \`requestId\` that finds the request in the log.
Decide by \`code\`: it never changes its meaning. Made from the table in \`packages/core/src/errors.ts\` by \`npm run documents\`.
\`rate_limited\` and \`quota_exhausted\` come from the [limits](limits.md) of a key, its owner or its account; \`KEYWRIGHT_RATE_LIMIT_STATUS=403\` makes\nforward-auth answer them with 403.

${table([['Code', 'Status', 'Title', 'Meaning'], ...rows])}
`;
}

/** Columns of even width, as the formatter wants them. */
function table([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
