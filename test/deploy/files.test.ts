import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, test } from 'node:test';
import { readConfig } from '@keywright/server';
import { parse } from 'yaml';
import { read, root } from '../support/source-tree.ts';
import { compose, deployFile, deployFiles, instructions } from './files.ts';

describe('the Dockerfile', () => {
  const copied = instructions
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => rest.split(' ').slice(0, -1));

  test('copies what is there and is not kept out', () => {
    const [out, ...lines] = deployFile('Dockerfile.dockerignore').trim().split('\n');
    assert.equal(out, '*');
    const let_in = lines.filter(line => line.startsWith('!')).map(line => line.slice(1));
    for (const path of copied) {
      assert.ok(existsSync(join(root, path)), `there is no ${path}`);
      assert.ok(
        let_in.some(one => path === one || path.startsWith(`${one}/`)),
        `${path} is kept out`,
      );
    }
    const kept_out = lines.filter(line => !line.startsWith('!'));
    for (const path of ['packages/core/src/decide.test.ts', 'packages/console/dist', 'packages/core/node_modules'])
      assert.ok(kept_out.some(pattern => matchesGlob(path, pattern)));
  });

  test('knows each package', () => {
    for (const name of readdirSync(join(root, 'packages'))) {
      assert.ok(copied.includes(`packages/${name}/package.json`), `npm ci needs the package.json of ${name}`);
      assert.ok(copied.includes(`packages/${name}`), name);
    }
  });

  test('runs the Node of the repository, as no root, on the port of the settings', () => {
    const { devDependencies } = JSON.parse(read('package.json'));
    const [major] = devDependencies.node.split('.');
    assert.deepEqual(only('ARG'), [`NODE=node:${major}-slim`]);
    assert.ok(only('FROM').every(rest => /^(\$\{NODE\}|manifests)( AS \w+)?$/.test(rest)));
    assert.deepEqual(only('USER'), ['1000:1000']);
    const env = Object.fromEntries(only('ENV').flatMap(rest => rest.split(' ').map(one => one.split('='))));
    const config = readConfig({}, env);
    assert.equal(config.port, readConfig({}, {}).port);
    assert.deepEqual(only('EXPOSE'), [String(config.port)]);
    assert.deepEqual(only('VOLUME'), [config.data]);
    const [entry = '[]'] = only('ENTRYPOINT');
    const [, program] = JSON.parse(entry);
    assert.ok(existsSync(join(root, program.replace('/keywright/', ''))));
  });

  function only(wanted: string): string[] {
    return instructions.filter(({ name }) => name === wanted).map(({ rest }) => rest);
  }
});

describe('compose.yaml', () => {
  const nodes = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

  test('has three nodes, which nginx knows', () => {
    const port = readConfig({}, {}).port;
    const upstream = [...deployFile('nginx.conf').matchAll(/server ([\w-]+:\d+)[ ;]/g)].map(([, place]) => place);
    assert.deepEqual(
      upstream,
      nodes.map(([name]) => `${name}:${port}`),
    );
    assert.equal(nodes.length, 3);
    for (const [, { build }] of nodes)
      assert.ok(existsSync(join(root, 'deploy', build?.context ?? '', build?.dockerfile ?? '')));
  });

  test('writes nowhere but where it must, has no rights that it does not need, and is asked whether it is well', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.ok(service.healthcheck ?? service.build, `${name} is not asked for its health`);
    }
  });

  test('holds no secret', () => {
    for (const [name, { file }] of Object.entries(compose.secrets)) assert.equal(file, `./secrets/${name}`);
    assert.match(read('.gitignore'), /^\/deploy\/secrets\/$/m);
    for (const { environment = {} } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/SECRET|PASSWORD|DATABASE/.test(name)) assert.match(`${name}=${value}`, /_FILE=\/run\/secrets\/\w+$/);
        assert.doesNotMatch(value, /:\/\/[^/]*@/, name);
      }
    }
    for (const name of Object.keys(compose.secrets))
      assert.ok(deployFile('README.md').includes(`secrets/${name}`), `README.md says how to make ${name}`);
  });
});

describe('the units of systemd', () => {
  const units = ['systemd/keywright.service', 'systemd/keywright@.service'].map(deployFile);

  test('start what is there', () => {
    for (const unit of units) {
      const [, program = '', ...words] = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split('/opt/keywright/') ?? [];
      assert.equal(program.trim(), 'node_modules/.bin/node');
      assert.equal(words.join(), 'packages/cli/bin/keywright.js serve');
      assert.ok(existsSync(join(root, 'packages/cli/bin/keywright.js')));
    }
  });

  test('are hardened alike', () => {
    const [one, other] = units.map(unit =>
      unit.slice(unit.indexOf('DynamicUser=')).replace('keywright-%i', 'keywright'),
    );
    assert.equal(one, other);
    assert.match(one ?? '', /^ProtectSystem=strict$/m);
  });
});

describe('the Helm chart', () => {
  const chart = 'helm/keywright/';
  const values = parse(deployFile(`${chart}values.yaml`));
  const templates = Object.entries(deployFiles).filter(([path]) => path.startsWith(`${chart}templates/`));
  const all = templates.map(([, text]) => text).join('\n');

  test('has a value for each that its templates ask for, and asks for each', () => {
    const asked = new Set([...all.matchAll(/\.Values((?:\.\w+)+)/g)].map(([, path = '']) => path.slice(1)));
    for (const path of asked) {
      const value = path.split('.').reduce((at, name) => at?.[name], values);
      assert.notEqual(value, undefined, path);
    }
    const firsts = new Set([...asked].map(path => path.split('.')[0]));
    assert.deepEqual([...firsts].sort(), Object.keys(values).sort());
  });

  test('is YAML around its actions, and each name is defined', () => {
    for (const [path, text] of templates.filter(([name]) => name.endsWith('.yaml'))) {
      // An action on a line of its own is control or makes lines of its own; another one stands for a value.
      const plain = text.replaceAll(/^\s*\{\{.*\}\}\n/gm, '').replaceAll(/\{\{.*?\}\}/g, 'x');
      assert.equal(typeof parse(plain).kind, 'string', path);
    }
    const defined = [...all.matchAll(/define "([\w.]+)"/g)].map(([, name]) => name);
    for (const [, name] of all.matchAll(/include "([\w.]+)"/g)) assert.ok(defined.includes(name), `${name}`);
  });

  test('is of the version of the product, with several nodes, no root and a port that the server has', () => {
    const { version, appVersion } = parse(deployFile(`${chart}Chart.yaml`));
    assert.deepEqual([version, appVersion], Array(2).fill(JSON.parse(read('package.json')).version));
    assert.ok(values.replicas >= 2);
    assert.match(all, /runAsNonRoot: true/);
    assert.match(all, /readOnlyRootFilesystem: true/);
    assert.match(all, new RegExp(`containerPort: ${readConfig({}, {}).port}\\b`));
  });
});
