import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findOrInstall } from './debian.ts';
import { type Listening, startListening } from './listening.ts';

const NGINX = { title: 'nginx', programs: ['nginx'], folders: ['/usr/sbin'], packages: ['nginx'] };

/** Where nginx is on this machine; it is installed when it is lacking. */
export const nginxPath = () => findOrInstall(NGINX);

/** An nginx of its own; `servers` gives what stands inside `http { … }`, for the port of 127.0.0.1 that it shall listen on. */
export async function startNginx(servers: (port: number) => string): Promise<Listening> {
  return startListening({
    command: await nginxPath(),
    // Without a prefix, relative paths would lie below the one that it was built with.
    args: ['-p', '.', '-c', 'nginx.conf', '-e', 'stderr'],
    files: port => ({ 'nginx.conf': wholeConfig(servers(port)) }),
    prepare: folder => mkdirSync(join(folder, 'temp')),
  });
}

/** Relative paths lie below the prefix, which is the folder given by `-p`. */
function wholeConfig(http: string): string {
  // Started by root, nginx would hand its work to another user, who can not read the folder.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username} root;` : '';
  return `
${user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path temp/body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi;
  scgi_temp_path temp/scgi;
${http}
}
`;
}
