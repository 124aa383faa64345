import { flagsOf, optionsWithValue, type Place } from './words.js'

/** Makes the completion of bash 4 or newer. It needs no other package, and asks no program when TAB is pressed. */
export function bashCompletion (places: Place[]): string {
  const paths = places.map(({ path }) => path).filter(path => path !== '')
  return `# Completion of generator-client for bash: source <(generator-client completion bash)
_generator_client () {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} place= word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${place:+$place }$word" in
      ${paths.map(path => `'${path}'`).join(' | ')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$previous" in
${optionCases(places)}
  esac
  local words= files=
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n $files && $current != -* ]]; then compopt -o filenames; COMPREPLY+=($(compgen -f -- "$current")); fi
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -F _generator_client generator-client
`
}

/** An option with a value has the same meaning behind each command. */
function optionCases (places: Place[]): string {
  return optionsWithValue(places).map(({ flags, kind, choices }) => {
    const actions = {
      choice: `COMPREPLY=($(compgen -W "${choices}" -- "$current")); return`,
      file: 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return',
      text: 'return',
    }
    return `    ${flags.join(' | ')}) ${actions[kind]} ;;`
  }).join('\n')
}

function placeCase ({ path, words, options, takesFiles }: Place): string {
  const all = [...words.map(({ word }) => word), ...options.flatMap(flagsOf), '--help']
  return `    '${path}') words='${all.join(' ')}'${takesFiles ? ' files=yes' : ''} ;;`
}
