import { type AddHelpTextContext, Command, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { DEFAULT_SERVER, parseProfileFlag, parseServerFlag } from './access.ts';
import { addBackup } from './backup.ts';
import { addCheck } from './check.ts';
import { addOperations } from './commands.ts';
import { addCompletion } from './completion.ts';
import { addImportApi } from './import-api.ts';
import { addImportKeys } from './import-keys.ts';
import { addLogin } from './login.ts';
import { addMove } from './move.ts';
import { addServe } from './serve.ts';
import { addVerify } from './verify.ts';

const EPILOGUE = `
Access comes from --token-file, KEYWRIGHT_TOKEN or the profile; the server from --server, KEYWRIGHT_SERVER or the profile.
Exit codes: 0 done or allowed; 1 refused, or a receipt that is not complete; 2 called wrongly.`;

/** The whole tree of commands. Errors of use are thrown, not exited with. */
export function buildProgram(): Command {
  const program = new Command('keywright')
    .description('Access keys: made, used, taken away.')
    .version(packageJson.version, '--version', 'Print the version.')
    .helpOption('--help', 'Print this help.')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .configureHelp({ showGlobalOptions: true, sortOptions: false })
    .addHelpText('after', EPILOGUE)
    .addHelpText('beforeAll', refuseUnknown)
    .addOption(new Option('--server <url>', `The server (default: ${DEFAULT_SERVER}).`).argParser(parseServerFlag))
    .addOption(new Option('--profile <name>', 'The stored access to use; see login.').argParser(parseProfileFlag))
    .option('--account <id>', 'The account to act in: your own, or one that it manages.')
    .option('--token-file <file>', 'A file that holds the token to use.')
    .option('--json', 'Print the answer of the server as JSON and nothing else.');
  addServe(program);
  addBackup(program);
  addCheck(program);
  addMove(program);
  addLogin(program);
  addOperations(program);
  addVerify(program);
  addImportKeys(program);
  addImportApi(program);
  addCompletion(program);
  return program;
}

/** Help for a command that is not there would be that of the group above it, as if nothing were wrong. */
function refuseUnknown({ error, command }: AddHelpTextContext): string {
  const [word] = command.args;
  const isUnknown = !error && command.commands.length > 0 && word !== undefined && !word.startsWith('-');
  if (isUnknown) command.parse([word], { from: 'user' });
  return '';
}
