import type { Option } from 'commander'
import { flagsOf, optionsWithValue, type Place } from './words.js'

/** Makes the completion of zsh, with what each word means. */
export function zshCompletion (places: Place[]): string {
  const paths = places.map(({ path }) => path).filter(path => path !== '')
  return `#compdef generator-client
# Completion of generator-client for zsh: source <(generator-client completion zsh), after compinit.
_generator_client () {
  local place= word
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "\${place:+$place }$word" in
      ${paths.map(path => quote(path)).join(' | ')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "\${words[CURRENT-1]}" in
${optionCases(places)}
  esac
  local -a offered
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
  _describe 'generator-client' offered
}
compdef _generator_client generator-client
`
}

function optionCases (places: Place[]): string {
  return optionsWithValue(places).map(({ flags, kind, choices, meaning }) => {
    const actions = {
      choice: `compadd -- ${choices}; return`, file: '_files; return', text: `_message ${quote(meaning)}; return`
    }
    return `    ${flags.join(' | ')}) ${actions[kind]} ;;`
  }).join('\n')
}

function placeCase ({ path, words, options, takesFiles }: Place): string {
  const offered = [
    ...words.map(({ word, meaning }) => entry(word, meaning)),
    ...options.flatMap(optionEntries),
    entry('--help', 'Print the help'),
  ]
  const files = takesFiles ? '; [[ $words[CURRENT] == -* ]] || _files' : ''
  return `    ${quote(path)}) offered=(${offered.join(' ')})${files} ;;`
}

function optionEntries (option: Option): string[] {
  return flagsOf(option).map(flag => entry(flag, option.description))
}

/** A colon ends the word. */
function entry (word: string, meaning: string): string {
  return quote(meaning === '' ? word : `${word}:${meaning}`)
}

function quote (text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
