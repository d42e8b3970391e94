/** What a completion script knows of a command, read from the declarations that the program itself parses by. */
import type { Argument, Command, Option } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What may follow: one of these words, a file, or something that cannot be listed. */
export type Values = readonly string[] | 'file' | 'any'

export interface CompletedOption {
  /** `--symbol`, and the short form where there is one. */
  readonly flags: readonly string[]
  readonly description: string
  /** Undefined where it takes no value. */
  readonly values: Values | undefined
}

export interface CompletedCommand {
  readonly name: string
  /** The first sentence of its description. */
  readonly description: string
  readonly options: readonly CompletedOption[]
  readonly values: Values
}

export function completedCommands(program: Command): CompletedCommand[] {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    description: summaryOf(command.description()),
    options: program.createHelp().visibleOptions(command).map(completedOption),
    values:
      command.commands.length > 0
        ? command.commands.map((nested) => nested.name())
        : valuesOf(command.registeredArguments[0]),
  }))
  const help: CompletedCommand = {
    name: 'help',
    description: 'Print the help of a command',
    options: [],
    values: commands.map(({ name }) => name),
  }
  return [...commands, help]
}

function completedOption({
  short,
  long,
  description,
  required,
  optional,
  ...option
}: Option): CompletedOption {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    values: required || optional ? (option.argChoices ?? placeholderValues(option.flags)) : undefined,
  }
}

function valuesOf(argument: Argument | undefined): Values {
  if (!argument) return 'any'
  return argument.argChoices ?? placeholderValues(argument.name())
}

function placeholderValues(text: string): Values {
  return /\bfile\b/.test(text) ? 'file' : 'any'
}

function summaryOf(description: string): string {
  return description.split(/[.;:](?: |$)/)[0] ?? description
}
