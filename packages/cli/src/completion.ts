import { Argument, type Command } from 'commander';
import { bashScript } from './completion-bash.ts';
import { zshScript } from './completion-zsh.ts';
import { placesOf } from './places.ts';

const SHELLS = { bash: bashScript, zsh: zshScript };

export function addCompletion(program: Command): void {
  const command = program.command('completion').summary('Print the completion script for a shell');
  command.description(
    'Print the completion script for a shell. For bash: source <(keywright completion bash). For zsh: source <(keywright completion zsh), after compinit.',
  );
  command.addArgument(new Argument('<shell>', 'The shell.').choices(Object.keys(SHELLS)));
  command.action((shell: keyof typeof SHELLS) => console.log(SHELLS[shell](placesOf(program))));
}
