import { findOrInstall } from './debian.ts';
import { type Listening, startListening } from './listening.ts';

const CADDY = { title: 'Caddy', programs: ['caddy'], folders: ['/usr/bin'], packages: ['caddy'] };

/** Where Caddy is on this machine; it is installed when it is lacking. */
export const caddyPath = () => findOrInstall(CADDY);

/** A Caddy of its own; `sites` gives the sites for the port of 127.0.0.1 that it shall listen on. */
export async function startCaddy(sites: (port: number) => string): Promise<Listening> {
  return startListening({
    command: await caddyPath(),
    args: ['run', '--config', 'Caddyfile'],
    files: port => ({ Caddyfile: `{\n  admin off\n  auto_https off\n}\n${sites(port)}` }),
    // What Caddy keeps goes into the folder, too.
    env: folder => ({ XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }),
  });
}
