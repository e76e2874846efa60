import type { Command } from 'commander';

/** The server is loaded only by the commands that are one, so that all others start fast. It speaks and exits by itself. */
export function addServe(program: Command): void {
  const serve = program.command('serve').description('Start the server. It prints where it listens.');
  serve
    .option('--port <number>', 'The port to listen on; else KEYWRIGHT_PORT.')
    .option('--host <address>', 'The address to listen on; else KEYWRIGHT_HOST.')
    .option('--data <folder>', 'The data folder; else KEYWRIGHT_DATA.')
    .action(async () => {
      const server = await import('@keywright/server');
      await server.serve(serve.opts());
    });
  program
    .command('demo')
    .description('Fill a fresh data folder with a believable account, for looking around.')
    .action(async () => {
      const server = await import('@keywright/server');
      await server.demo();
    });
}
