import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { changed } from '../gateways/documented.ts';
import { repositoryFiles, root } from '../support/source-tree.ts';

/** The files of deploy/ by their paths below it. */
export const deployFiles = Object.fromEntries(
  repositoryFiles()
    .filter(path => path.startsWith('deploy/'))
    .map(path => [path.slice('deploy/'.length), readFileSync(join(root, path), 'utf8')]),
);

export function deployFile(path: string): string {
  const text = deployFiles[path];
  if (text === undefined) throw new Error(`deploy/${path} is not there`);
  return text;
}

export interface Compose {
  services: Record<string, ComposeNode>;
  secrets: Record<string, { file: string }>;
}

interface ComposeNode {
  image: string;
  read_only?: boolean;
  cap_drop?: string[];
  healthcheck?: { test: string[] };
  environment?: Record<string, string>;
  build?: { context: string; dockerfile: string };
}

export const compose: Compose = parse(deployFile('compose.yaml'), { merge: true });

/** The instructions of the Dockerfile, each with what follows it; lines that go on are one. */
export const instructions = deployFile('Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
  .map(line => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));

/** The addresses that deploy/ asks for health, each beside the file that does. */
export const healthPaths = Object.entries(deployFiles)
  .filter(([path]) => !path.endsWith('.md'))
  .flatMap(([path, text]) =>
    [...text.matchAll(/\/(?:health|ready|live)\w*/g)].map(([found]) => ({ path, health: found })),
  );

/** nginx.conf on that port, before nodes on these. */
export function balancing(port: number, [one, two, three]: readonly number[]): string {
  return changed(deployFile('nginx.conf'), {
    'node-1:7600': `127.0.0.1:${one}`,
    'node-2:7600': `127.0.0.1:${two}`,
    'node-3:7600': `127.0.0.1:${three}`,
    'listen 8080;': `listen 127.0.0.1:${port};`,
    'listen 8081;': 'listen unix:api.sock;',
    'listen 127.0.0.1:8082;': 'listen unix:none.sock;',
    'proxy_pass http://127.0.0.1:8082;': 'proxy_pass http://unix:none.sock;',
  });
}
