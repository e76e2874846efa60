import { gzipSync } from 'node:zlib';

/** GraphiQL, all of it from this server: scripts, workers and styles are files, so that the page needs no script in it. */
export const GRAPHIQL_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const GRAPHIQL_PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>GraphiQL · Keywright</title>
<link rel="stylesheet" href="/graphql/assets/graphiql.css"></head>
<body id="body" class="no-focus-outline"><noscript>GraphiQL needs JavaScript.</noscript><div id="root"></div>
<script src="/graphql/assets/graphiql.js"></script><script src="/graphql/assets/start.js"></script></body></html>
`;

const START = `self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => '/graphql/assets/' + label + '.worker.js' };
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: 'Keywright',
  endpoint: '/graphql',
  credentials: 'same-origin',
  defaultQuery: '{\\n  accessKeys(limit: 10) {\\n    items {\\n      key\\n      name\\n      state\\n    }\\n  }\\n}\\n',
});
`;

export interface Asset {
  type: string;
  /** As it is sent: compressed once, since it is megabytes. */
  gzip: Buffer;
}

let assets: Promise<Map<string, Asset>> | undefined;

/** The files by their names, read when somebody first opens the page. */
export function graphiqlAssets(): Promise<Map<string, Asset>> {
  assets ??= readAssets();
  return assets;
}

async function readAssets(): Promise<Map<string, Asset>> {
  const { css, editorWorkerService, graphqlWorker, js, jsonWorker } = await import(
    '@graphql-yoga/render-graphiql/graphiql'
  );
  const scripts = {
    'graphiql.js': js,
    'start.js': START,
    'editorWorkerService.worker.js': editorWorkerService,
    'json.worker.js': jsonWorker,
    'graphql.worker.js': graphqlWorker,
  };
  const files = Object.entries(scripts).map(([name, text]): [string, Asset] => [name, asset('text/javascript', text)]);
  return new Map([...files, ['graphiql.css', asset('text/css', css)]]);
}

function asset(type: string, text: string): Asset {
  return { type: `${type}; charset=utf-8`, gzip: gzipSync(text) };
}
