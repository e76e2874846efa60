import { report } from './failures.ts';
import { buildProgram } from './program.ts';

// A reader that has seen enough (head, less) closes the pipe: that is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit();
  throw error;
});

const program = buildProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, program.opts().json === true);
}
