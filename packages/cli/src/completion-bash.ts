import { branches, flagBranches, type Place, type Word, walkBranches } from './places.ts';

/** The script for bash 3.2 and newer; it needs no other package. */
export function bashScript(places: readonly Place[]): string {
  const words = places.map(
    place => [[place.path], `words='${listed(place.words)}' flags='${listed(place.flagWords)}'`] as const,
  );
  const values = {
    choice: (choices: readonly string[]) => `words='${choices.join(' ')}'`,
    file: `compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); return`,
    text: 'return',
  };
  // Bash cuts `--flag=value` into three words.
  return `_keywright() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" place='' words='' flags='' word i
  if [[ $current == '=' ]]; then current=''
  elif [[ $previous == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$place $word" in
${walkBranches(places, `if [[ \${COMP_WORDS[i+1]} == '=' ]]; then ((i += 2)); else ((i += 1)); fi`, 'place="$place $word"')}
    esac
  done
  COMPREPLY=()
  case "$place" in
${branches(words)}
  esac
  if [[ $current == -* || -z $words ]]; then words=$flags; fi
  case "$place $previous" in
${flagBranches(places, values)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _keywright keywright`;
}

function listed(words: readonly Word[]): string {
  return words.map(({ word }) => word).join(' ');
}
