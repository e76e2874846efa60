import { branches, flagBranches, type Place, type Word, walkBranches } from './places.ts';

/** The script for zsh, with the descriptions beside the words. */
export function zshScript(places: readonly Place[]): string {
  const candidates = places.map(
    place => [[place.path], `candidates=(${described(place.words)}) flags=(${described(place.flagWords)})`] as const,
  );
  const values = {
    choice: (choices: readonly string[]) => `compadd -- ${choices.join(' ')}; return`,
    file: '_files; return',
    text: "_message 'value'; return",
  };
  return `#compdef keywright
_keywright() {
  local place='' word previous="\${words[CURRENT-1]}" i
  local -a candidates flags
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    case "$place $word" in
${walkBranches(places, '((i += 1))', 'place="$place $word"')}
    esac
  done
  if [[ "\${words[CURRENT]}" == --*=* ]]; then previous="\${words[CURRENT]%%=*}"; compset -P '*='; fi
  case "$place $previous" in
${flagBranches(places, values)}
  esac
  case "$place" in
${branches(candidates)}
  esac
  if [[ "\${words[CURRENT]}" == -* || \${#candidates} == 0 ]]; then candidates=("\${(@)flags}"); fi
  _describe 'keywright' candidates
}
if [[ "$funcstack[1]" == _keywright ]]; then _keywright "$@"; else compdef _keywright keywright; fi`;
}

/** Each `word:description` in quotes; the first colon parts them. */
function described(words: readonly Word[]): string {
  return words.map(({ word, about }) => `'${word}:${about.replaceAll("'", "'\\''")}'`).join(' ');
}
