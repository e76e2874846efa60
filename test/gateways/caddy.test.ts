import { startCaddy } from '../support/caddy.ts';
import { addressAt, blocksOf, changed } from './documented.ts';
import { holdsItsCases } from './hold.ts';

holdsItsCases({
  name: 'Caddy',
  document: 'caddy.md',
  down: 502,
  unavailable: 503,
  limited: 429,
  yes: [204, 200],
  start: ({ keywright, api, place }) =>
    startCaddy(port =>
      changed(blocksOf('caddy.md', 'caddy').join(), {
        'api.example.com': `http://127.0.0.1:${port}, http://api.example.com:${port}`,
        '127.0.0.1:7600': `127.0.0.1:${keywright}`,
        '127.0.0.1:8080': `127.0.0.1:${api}`,
        ...addressAt(place),
      }),
    ),
});
