import { createVerifier } from '@keywright/verifier';
import { withKey } from '@keywright/verifier/fetch';
import { keywright } from '@keywright/verifier/hono';
import { Hono } from 'hono';

/** Runs on Bun and Deno: an API made with Hono and one of a plain handler, which answer with what they have handled. Prints their ports. */
const [server, credential, api] = process.argv.slice(2);
const verifier = createVerifier({ server, credential });
await verifier.ready();
const app = new Hono();
app.use(keywright(verifier, { api }));
for (const path of ['/', '/orders/:order', '/admin', '/admin/orders/:order']) app.get(path, c => c.text(path));
const plain = withKey(verifier, request => new Response(new URL(request.url).pathname), { api });
console.log(JSON.stringify([app.fetch, plain].map(serve)));

function serve(fetch) {
  const options = { port: 0, hostname: '127.0.0.1' };
  if (globalThis.Bun !== undefined) return Bun.serve({ ...options, fetch }).port;
  return Deno.serve({ ...options, onListen() {} }, request => fetch(request)).addr.port;
}
