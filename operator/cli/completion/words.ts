import type { Option } from 'commander'
import { RuntimeConfig } from '../../../schemas/configuration.js'
import type { Command } from '../command.js'
import { GLOBAL_OPTIONS } from '../options.js'

/** A shell offers this behind the words of a command, or behind the first of them. */
export interface Place {
  /** The words before: none, `config`, or `config set`. */
  path: string
  /** Next words of commands with what they do, and choices of an argument. */
  words: { word: string, meaning: string }[]
  options: Option[]
  /** An argument is a file. */
  takesFiles: boolean
}

/** Lists every place of the command line, the beginning first. */
export function listPlaces (commands: Command[]): Place[] {
  const parents = new Set(commands.flatMap(({ name }) => name.includes(' ') ? name.split(' ').slice(0, 1) : []))
  const beginning = commands.map(({ name, summary }) => ({
    word: name.split(' ')[0]!, meaning: parents.has(name.split(' ')[0]!) ? '' : summary
  }))
  return [
    {
      path: '',
      words: [...new Map(beginning.map(one => [one.word, one])).values()],
      options: GLOBAL_OPTIONS,
      takesFiles: false,
    },
    ...[...parents].map(parent => ({
      path: parent,
      words: commands
        .filter(({ name }) => name.startsWith(`${parent} `))
        .map(({ name, summary }) => ({ word: name.slice(parent.length + 1), meaning: summary })),
      options: GLOBAL_OPTIONS,
      takesFiles: false,
    })),
    ...commands.map(command => ({
      path: command.name,
      words: wordsOf(command),
      options: [...(command.options ?? []), ...GLOBAL_OPTIONS],
      takesFiles: takesFiles(command),
    })),
  ]
}

/** Flags of an option, `-f` and `--follow`. */
export function flagsOf ({ short, long }: Option): string[] {
  return [short, long].filter(flag => flag !== undefined)
}

/** Tells what follows an option: nothing, one of its choices, a file, or any text. */
export function kindOf ({ required, argChoices, flags }: Option): 'none' | 'choice' | 'file' | 'text' {
  if (argChoices !== undefined) return 'choice'
  if (!required) return 'none'
  return flags.endsWith('<file>') ? 'file' : 'text'
}

/** The choices of an option, separated by spaces. */
export function choicesOf ({ argChoices = [] }: Option): string {
  return argChoices.join(' ')
}

/** All options of all places that need a value, once each. */
export function optionsWithValue (places: Place[]) {
  const options = new Set(places.flatMap(place => place.options))
  return [...options].flatMap(option => {
    const kind = kindOf(option)
    return kind === 'none'
      ? []
      : [{ kind, flags: flagsOf(option), choices: choicesOf(option), meaning: option.description }]
  })
}

function wordsOf ({ choices = [], name }: Command): Place['words'] {
  const fields = name === 'config set' ? Object.keys(RuntimeConfig.properties).map(field => `${field}=`) : []
  return [...choices, ...fields].map(word => ({ word, meaning: '' }))
}

function takesFiles ({ arguments: values = {} }: Command): boolean {
  return Object.keys(values).some(value => /file|folder/.test(value))
}
