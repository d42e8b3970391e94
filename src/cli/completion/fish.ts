/** Completion for fish. */
import type { CompletedCommand, CompletedOption, Values } from './completed-command.js'

export function fishScript(name: string, commands: readonly CompletedCommand[]): string[] {
  const complete = `complete -c ${name}`
  return [
    `${complete} -f`,
    ...commands.flatMap((command) => {
      const after = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`
      return [
        `${complete} -n __fish_use_subcommand -a ${command.name} -d ${quote(command.description)}`,
        ...command.options.map((option) => `${complete} ${after} ${optionOf(option)}`),
        ...(command.values === 'any' ? [] : [`${complete} ${after} ${argumentOf(command.values)}`]),
      ]
    }),
  ]
}

function optionOf({ flags, description, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const value = values === undefined ? [] : [values === 'file' ? '-rF' : valueOf(values)]
  return [...names, ...value, `-d ${quote(description)}`].join(' ')
}

function valueOf(values: Exclude<Values, 'file'>): string {
  return values === 'any' ? '-x' : `-x -a ${quote(values.join(' '))}`
}

function argumentOf(values: Exclude<Values, 'any'>): string {
  return values === 'file' ? '-F' : `-a ${quote(values.join(' '))}`
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
