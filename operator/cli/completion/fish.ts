import { choicesOf, kindOf, type Place } from './words.js'

/** Makes the completion of fish, with what each word means. */
export function fishCompletion (places: Place[]): string {
  const paths = places.map(({ path }) => path).filter(path => path !== '')
  return `# Completion of generator-client for fish: generator-client completion fish | source
function __generator_client_path
  set -l place ''
  for word in (commandline -opc)[2..]
    switch "$place $word"
      case ${paths.map(path => quote(path.includes(' ') ? path : ` ${path}`)).join(' ')}
        set place (string trim -- "$place $word")
    end
  end
  echo "$place"
end
complete -c generator-client -f
${places.flatMap(placeLines).join('\n')}
`
}

function placeLines ({ path, words, options, takesFiles }: Place): string[] {
  const begin = `complete -c generator-client -n ${quote(`test (__generator_client_path) = "${path}"`)}`
  return [
    ...takesFiles ? [`${begin} -F`] : [],
    ...words.map(({ word, meaning }) => `${begin} -a ${quote(word)}${describe(meaning)}`),
    ...options.map(option => {
      const flags = [option.short && `-s ${option.short.slice(1)}`, option.long && `-l ${option.long.slice(2)}`]
        .filter(Boolean)
        .join(' ')
      const needs = { none: '', text: ' -x', file: ' -r -F', choice: ` -x -a ${quote(choicesOf(option))}` }[
        kindOf(option)
      ]
      return `${begin} ${flags}${needs}${describe(option.description)}`
    }),
  ]
}

function describe (meaning: string): string {
  return meaning === '' ? '' : ` -d ${quote(meaning)}`
}

function quote (text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
