import { isInTheClear } from '@keywright/core';

const IN_THE_CLEAR = `
  // Refused: others could read the credential on the way. Give Keywright an address at https:, or, where nobody can, add allowInsecure: true.`;

/** An application in Express whose requests a verifier decides: the same lines as in docs/verifier.md. The environment that it reads is not ours. */
export const snippetFor = (server: string, api = 'api_…') => `import { createVerifier } from '@keywright/verifier';
import { keywright } from '@keywright/verifier/express';
import express from 'express';

const verifier = createVerifier({${isInTheClear(new URL(server)) ? IN_THE_CLEAR : ''}
  server: '${server}',
  credential: process.${'env'}.KEYWRIGHT_TOKEN ?? '',
  name: 'Shop',
});

const app = express();
app.use(keywright(verifier, { api: '${api}' }));
app.get('/orders/:order', (request, response) => {
  response.json({ order: request.params.order, of: request.accessKey.owner.name });
});
app.listen(3000);
`;
