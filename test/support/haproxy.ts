import { findOrInstall } from './debian.ts';
import { type Listening, startListening } from './listening.ts';

const HAPROXY = { title: 'HAProxy', programs: ['haproxy'], folders: ['/usr/sbin'], packages: ['haproxy'] };

/** Where HAProxy is on this machine; it is installed when it is lacking. */
export const haproxyPath = () => findOrInstall(HAPROXY);

/** A HAProxy of its own, with its configuration for the port of 127.0.0.1 that it shall listen on. */
export async function startHaproxy(config: (port: number) => string): Promise<Listening> {
  return startListening({
    command: await haproxyPath(),
    args: ['-db', '-f', 'haproxy.cfg'],
    files: port => ({ 'haproxy.cfg': config(port) }),
  });
}
