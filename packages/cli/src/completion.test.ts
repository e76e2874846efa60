import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { bashScript } from './completion-bash.ts';
import { zshScript } from './completion-zsh.ts';
import { placesOf } from './places.ts';
import { buildProgram } from './program.ts';

const places = placesOf(buildProgram());

function completedByBash(words: string[]): string[] {
  const run = `${bashScript(places)}
COMP_WORDS=(keywright "$@"); COMP_CWORD=$#; _keywright 2>&1; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', run, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

test('bash completes commands, flags and values', () => {
  const cases: [typed: string[], offered: string[]][] = [
    [['ke'], ['keys']],
    [
      ['keys', 'de'],
      ['deactivate', 'delete'],
    ],
    [['keys', 'create', '--perm'], ['--permission']],
    [
      ['keys', 'create', '--permission', ''],
      ['read_write', 'read_only'],
    ],
    [['keys', 'create', '--permission', '=', 'read_o'], ['read_only']],
    [
      ['keys', 'create', '--permission', '='],
      ['read_write', 'read_only'],
    ],
    [['keys', 'create', '--name', ''], []],
    [['keys', 'create', '--name', 'list', '--tag'], ['--tags']],
    [['keys', 'edit', 'KW1', '--no-'], ['--no-enabled']],
    [['--profile', 'keys', 'mem'], ['members']],
    [['--profile', '=', 'keys', 'mem'], ['members']],
    [['--json', 'keys', 'list', '--sort', '-l'], ['-lastUsed']],
    [['members', 'role', 'mem_x', '--role', 'v'], ['viewer']],
    [['verify', '--credential-file', '/etc/passw'], ['/etc/passwd']],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
  ];
  for (const [typed, offered] of cases) {
    const got = completedByBash(typed);
    for (const word of offered) assert.ok(got.includes(word), `${typed.join(' ')} → ${got.join(' ')}`);
    if (offered.length === 0) assert.deepEqual(got, []);
  }
});

test('bash completes every command of the tree', () => {
  for (const { path, words } of places) {
    if (words.length > 0)
      assert.deepEqual(
        completedByBash([...path.split(' ').filter(Boolean), '']),
        words.map(({ word }) => word),
      );
  }
});

test('zsh reads the script', context => {
  const script = zshScript(places);
  for (const { path } of places) assert.ok(script.includes(`'${path}') candidates=(`), path);
  const zsh = spawnSync('zsh', ['-n', '-c', script], { encoding: 'utf8' });
  if (zsh.error) return context.diagnostic('zsh is not installed: the script was compared, but not read by it');
  assert.equal(zsh.stderr, '');
});
