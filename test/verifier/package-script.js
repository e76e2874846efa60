import { createVerifier } from '@keywright/verifier';

/** Runs on Node, Bun and Deno: says what is decided about a key whenever that changes, and reports the uses at the end. */
const [server, credential, token, publicKey, file, account] = process.argv.slice(2);
const verifier = createVerifier({ server, credential, name: 'packed', account, preload: { file, publicKey } });
await verifier.ready();
const request = new Request('http://localhost/items', { headers: { authorization: `Bearer ${token}` } });
let last;
for (const end = Date.now() + 20_000; Date.now() < end; ) {
  const decision = await verifier.verify(request);
  const said = decision.allowed ? 'allowed' : decision.reason;
  if (said !== last) console.log(said);
  last = said;
  if (said === 'inactive') break;
  await new Promise(resolve => setTimeout(resolve, 5));
}
const { connected, sequence, entries } = verifier.health();
await verifier.close();
console.log(JSON.stringify({ connected, hasSequence: sequence > 0, entries }));
