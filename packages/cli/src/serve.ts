import type { Command } from 'commander';

/** The server is loaded only by the commands that are one, so that all others start fast. It speaks and exits by itself. */
export function addServe(program: Command): void {
  addServer(program, 'serve', 'Start the server. It prints where it listens.');
  addServer(
    program,
    'demo',
    'Start a server with a believable account for looking around, in a data folder of its own.',
  );
}

function addServer(program: Command, name: 'serve' | 'demo', description: string): void {
  const command = program.command(name).description(description);
  if (name === 'serve')
    command
      .option('--workers <number>', 'How many processes share the work; else KEYWRIGHT_WORKERS, else one.')
      .option(
        '--open-access',
        'Let everybody on this machine in without signing in, for trying out; else KEYWRIGHT_OPEN_ACCESS=1. Refused where others could reach it.',
      );
  command
    .option('--port <number>', 'The port to listen on; else KEYWRIGHT_PORT.')
    .option('--host <address>', 'The address to listen on; else KEYWRIGHT_HOST.')
    .option('--data <folder>', 'The data folder; else KEYWRIGHT_DATA.')
    .action(async () => {
      const server = await import('@keywright/server');
      await server[name](command.opts());
    });
}
