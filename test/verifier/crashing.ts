import { createVerifier } from '@keywright/verifier';

/** Uses one key without end, and says how often, and how many of these uses the server has acknowledged; a parent kills this process. */
const [server = '', credential = '', token = ''] = process.argv.slice(2);
const acknowledged = new Map<number, number>();
let used = 0;

const telling: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  if (!new URL(String(input)).pathname.endsWith('/uses') || !answer.ok) return answer;
  // The verifier sends text.
  const { batch, uses }: { batch: number; uses: { count: number }[] } = JSON.parse(init?.body as string);
  acknowledged.set(batch, sum(uses.map(({ count }) => count)));
  console.log(`reported ${sum([...acknowledged.values()])}`);
  return answer;
};

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

const verifier = createVerifier({ server, credential, fetch: telling, name: 'crashing' });
await verifier.ready();
await verifier.verify(token);
console.log(`used ${++used}`);
setInterval(() => {
  void verifier.verify(token);
  console.log(`used ${++used}`);
}, 5);
