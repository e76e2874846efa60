import type { Command, Option } from 'commander';

export interface Word {
  word: string;
  about: string;
}

/** One command as a shell completes it. */
export interface Place {
  /** The words that lead to it, each with a space before: ` keys create`; empty for the program itself. */
  path: string;
  /** What can follow: commands, or arguments with fixed values. */
  words: Word[];
  /** Offered when a dash is typed, or when there are no words. */
  flagWords: Word[];
  /** The flags that take a value, each behind the words that lead to it: ` keys create --name`. */
  flags: { path: string; takes: 'file' | 'text' | readonly string[] }[];
}

/** Every command with what can follow it, from the same tree that parses. */
export function placesOf(program: Command): Place[] {
  return walk(program, '', program.options);
}

function walk(command: Command, path: string, globals: readonly Option[]): Place[] {
  const options = [...(path === '' ? [] : command.options), ...globals];
  const place: Place = {
    path,
    words: [
      ...command.commands.map(sub => ({ word: sub.name(), about: sub.summary() || sub.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices.map(word => ({ word, about: '' }))),
    ],
    flagWords: [
      ...options.map(option => ({ word: option.long ?? option.flags, about: option.description })),
      { word: '--help', about: 'Print this help.' },
    ],
    flags: options
      .filter(option => option.required)
      .map(option => ({ path: `${path} ${option.long}`, takes: takenBy(option) })),
  };
  return [place, ...command.commands.flatMap(sub => walk(sub, `${path} ${sub.name()}`, globals))];
}

function takenBy(option: Option): Place['flags'][number]['takes'] {
  if (option.argChoices !== undefined) return option.argChoices;
  return /<(file|folder)>/.test(option.flags) ? 'file' : 'text';
}

/** The branches of a shell's `case`: what to do at which paths. The paths hold letters, dashes and spaces only. */
export function branches(rows: readonly (readonly [paths: readonly string[], run: string])[]): string {
  return rows
    .filter(([paths]) => paths.length > 0)
    .map(([paths, run]) => `      ${paths.map(path => `'${path}'`).join('|')}) ${run} ;;`)
    .join('\n');
}

/** The branches for the values of flags, each way of taking a value with the shell's own words for it. */
export function flagBranches(
  places: readonly Place[],
  run: { file: string; text: string; choice: (choices: readonly string[]) => string },
): string {
  const flags = places.flatMap(place => place.flags);
  const taking = (kind: 'file' | 'text') => flags.filter(({ takes }) => takes === kind).map(({ path }) => path);
  return branches([
    ...flags.flatMap(({ path, takes }) => (typeof takes === 'string' ? [] : [[[path], run.choice(takes)] as const])),
    [taking('file'), run.file],
    [taking('text'), run.text],
  ]);
}

/** The branches that walk over the words already typed: past the values of flags, down into commands. */
export function walkBranches(places: readonly Place[], skipValue: string, goDown: string): string {
  const commands = places.map(({ path }) => path).filter(path => path !== '');
  return branches([
    [places.flatMap(({ flags }) => flags.map(({ path }) => path)), skipValue],
    [commands, goDown],
  ]);
}
