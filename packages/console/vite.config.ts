import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const DEFAULT_SERVER = 'http://127.0.0.1:7600';

/** The server that the development pages talk to: `vite packages/console -- --server=http://127.0.0.1:7601`. */
const server = process.argv.find(word => word.startsWith('--server='))?.slice('--server='.length) ?? DEFAULT_SERVER;

/** What the server answers itself; all else is the console's. */
const SERVED = '^/(v1|api)/|^/(graphql|docs|openapi\\.json)';

export default defineConfig({
  plugins: [react()],
  build: {
    // One page, one file: it is fetched once and then cached for good under its hash.
    chunkSizeWarningLimit: 1500,
    // These know light-dark(); the replacement for older ones does not see Mantine's colour scheme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Data addresses for small files would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { [SERVED]: { target: server } } },
});
