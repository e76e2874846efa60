import { createVerifier } from '@keywright/verifier';

/** Decides about one key without end, and says when the decision changes; a parent stops this process for a while. */
const [server = '', credential = '', token = ''] = process.argv.slice(2);
const verifier = createVerifier({ server, credential, staleMaxMs: 2000, name: 'paused' });
await verifier.ready();
let last = '';
function decide(): void {
  let said: string;
  try {
    const decision = verifier.verify(token);
    if (decision instanceof Promise) decision.then(say, ({ code }) => tell(code));
    else say(decision);
    return;
  } catch (error) {
    said = (error as { code: string }).code; // what it throws has one
  }
  tell(said);
}

function say(decision: { allowed: boolean; reason?: string }): void {
  tell(decision.allowed ? 'allowed' : `${decision.reason}`);
}

function tell(said: string): void {
  if (said !== last) console.log(`${said} ${Date.now()}`);
  last = said;
}

// Of all that wakes it up, this comes first: timers before what the line has brought meanwhile.
setInterval(decide, 1);
