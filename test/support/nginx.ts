import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findOrInstall } from './debian.ts';
import { freePort } from './ports.ts';
import { Program } from './program.ts';
import { tempFolder } from './temp-folder.ts';

const NGINX = { title: 'nginx', programs: ['nginx'], folders: ['/usr/sbin'], packages: ['nginx'] };

/** Where nginx is on this machine; it is installed when it is lacking. */
export const nginxPath = () => findOrInstall(NGINX);

export interface Nginx extends AsyncDisposable {
  url: string;
  port: number;
  /** What it wrote to its error log. */
  log(): string;
}

/** An nginx of its own; `servers` gives what stands inside `http { … }`, for the port of 127.0.0.1 that it shall listen on. */
export async function startNginx(servers: (port: number) => string): Promise<Nginx> {
  const nginx = await nginxPath();
  const folder = tempFolder();
  const port = await freePort();
  mkdirSync(join(folder.path, 'temp'));
  writeFileSync(join(folder.path, 'nginx.conf'), wholeConfig(servers(port)));
  const program = await Program.start({
    command: nginx,
    args: ['-p', folder.path, '-c', 'nginx.conf', '-e', 'stderr'],
    folder: folder.path,
    logFile: join(folder.path, 'log'),
    endSignal: 'SIGTERM',
  });
  await program.answers(() => connects(port));
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => program.log(),
    async [Symbol.asyncDispose]() {
      await program.end();
      folder[Symbol.dispose]();
    },
  };
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

async function connects(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
